/** Orders of a processor's contract, with what they go through where the processor has such objects. */
import type { ChargeOrder, Processor, TokenizeOrder } from '../../src/core/processor.ts';
import { upstreamOrder } from '../support/orders.ts';

export async function prepared<O extends ChargeOrder | TokenizeOrder>(processor: Processor, order: O): Promise<O> {
  if (processor.prepare === undefined) return order;
  const wanted = await processor.prepare(upstreamOrder(order));
  if (wanted.kind !== 'ready') throw new Error(`no upstream object: ${wanted.kind}`);
  return { ...order, upstream: wanted.upstream };
}
