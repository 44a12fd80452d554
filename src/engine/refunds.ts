/**
 * Refunds as their owners read them: found by a record of their own, told from the payin that they belong to. Decides who
 * may see which. How they are made is reverse.ts.
 */
import { Refused } from '../core/errors.ts';
import { isId } from '../core/ids.ts';
import { holds, mayReach, type Principal } from '../core/principal.ts';
import type { Refund, Reversal } from '../core/reversal.ts';
import type { Attempt } from '../core/store.ts';
import type { EngineContext } from './context.ts';
import { type Listing, type PayinFilter, reachOf } from './payins.ts';
import { reversalOf } from './reversal.ts';

/** A refund, and the payin that it gives back. */
export interface RefundView {
  readonly attempt: Attempt;
  readonly refund: Reversal;
}

/** Refunds, as far as the principal reaches. Any method: @throws {StoreUnavailable} */
export interface Refunds {
  /** Null where there is none, or none within reach; as it stands now. @throws {Refused} `FORBIDDEN` */
  get(principal: Principal, id: string): Promise<RefundView | null>;
  /** Open and failed ones too; by the fields of `Refund`. @throws {Refused} `FORBIDDEN` */
  list(principal: Principal, filter: PayinFilter): Promise<Listing<RefundView>>;
}

/** No list of attempts is longer than a page of the store. */
const PAGE = 1_000;

/** Keeps nothing between calls. */
export function createRefunds({ store }: EngineContext): Refunds {
  /** In the order given; what is gone with its payin is left out. */
  async function viewsOf(refunds: readonly Refund[]): Promise<readonly RefundView[]> {
    const ids = [...new Set(refunds.map(({ attempt }) => attempt))];
    const where = [{ field: 'id', is: 'in', values: ids }] as const;
    const attempts =
      ids.length === 0 ? [] : await store.list('attempts', { where, sortBy: 'id', order: 'asc', limit: PAGE });
    const known = new Map(attempts.map((attempt) => [attempt.id, attempt]));
    return refunds.flatMap(({ id, attempt: attemptId }) => {
      const attempt = known.get(attemptId);
      const refund = attempt === undefined ? null : reversalOf(attempt, id);
      return attempt === undefined || refund === null ? [] : [{ attempt, refund }];
    });
  }

  return {
    async get(principal, id) {
      if (!holds(principal, 'refund:read')) throw new Refused('FORBIDDEN');
      const refund = isId('rfd', id) ? await store.get('refunds', id) : null;
      if (refund === null || !mayReach(principal, 'refund:read', refund)) return null;
      const [view] = await viewsOf([refund]);
      return view ?? null;
    },
    async list(principal, { merchantIds, ...query }) {
      const where = [...reachOf(principal, 'refund:read', merchantIds), ...query.where];
      const [refunds, total] = await Promise.all([
        store.list('refunds', { ...query, where }),
        store.count('refunds', where),
      ]);
      return { results: await viewsOf(refunds), total };
    },
  };
}
