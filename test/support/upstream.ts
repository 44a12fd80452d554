/** What the sandbox really did, read from its ledger: the upstream's side of a processor's contract. */
import { systemClock } from '../../src/core/clock.ts';
import { type Ledger, listLedger } from '../../src/processors/sandbox/ledger.ts';
import { settleCharges } from '../../src/processors/sandbox/settle.ts';
import type { ProcessorFixture } from '../contract/processor.ts';

export function upstreamOf(ledger: Ledger): Pick<ProcessorFixture, 'charges' | 'givenBack' | 'settle'> {
  async function approved(chargeableId: string, ...kinds: readonly string[]) {
    const lines = await listLedger(ledger);
    return lines.filter(
      ({ chargeable_id, kind, outcome }) =>
        chargeable_id === chargeableId && outcome === 'approved' && kinds.includes(kind ?? ''),
    );
  }

  return {
    charges: async (chargeableId) => (await approved(chargeableId, 'charge')).length,
    givenBack: async (chargeableId) =>
      (await approved(chargeableId, 'void', 'refund')).map(({ amount }) => amount ?? 0),
    async settle({ attemptKey }) {
      await settleCharges(ledger, systemClock, attemptKey);
    },
  };
}
