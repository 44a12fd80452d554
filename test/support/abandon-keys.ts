/**
 * Another process over the sandbox ledger of the embedded store at a path: on the message of a list of attempt keys it abandons them one
 * after the other, answers with what it found, and ends.
 */
import { systemClock } from '../../src/core/clock.ts';
import type { Finding } from '../../src/core/processor.ts';
import { createSandbox } from '../../src/processors/sandbox/index.ts';
import { openSandboxLedger } from '../../src/processors/sandbox/open.ts';
import { chargeOrder, sentBy } from './orders.ts';

const ledger = await openSandboxLedger({ kind: 'sqlite', path: process.argv[2] ?? '' });
const processor = createSandbox({ ledger, clock: systemClock });

process.once('message', async (keys: readonly string[]) => {
  const findings: (Finding | undefined)[] = [];
  for (const key of keys) findings.push(await processor.abandon?.(sentBy(chargeOrder({ attemptKey: key }))));
  await processor.close();
  process.send?.(findings, () => process.disconnect());
});
process.send?.('ready');
