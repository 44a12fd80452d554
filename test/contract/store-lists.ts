/** What holds of a store's lists and counts: conditions, order, pages. Part of `describeStore`. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Attempt, Condition, ConfirmationCode, ListQuery, Store } from '../../src/core/store.ts';
import { failureOf, sample, unique } from './store-records.ts';

export function describeLists(storeOf: () => Store): void {
  describe('a list', () => {
    /** Makes each record's `owner` the same text, which no other test uses, and finds only those. */
    async function makeAttempts(...changes: readonly Partial<Attempt>[]) {
      const owner = unique();
      const attempts = changes.map((change) => sample('attempts', { owner, ...change }));
      for (const record of attempts) await storeOf().apply({ insert: 'attempts', record });
      const mine: Condition = { field: 'owner', is: 'in', values: [owner] };
      return {
        attempts,
        /** Which of the attempts meet the conditions, by their place. */
        async matching(...where: readonly Condition[]): Promise<readonly number[]> {
          const all = [mine, ...where];
          const found = await storeOf().list('attempts', { where: all, sortBy: 'id', order: 'asc', limit: 1000 });
          expect(await storeOf().count('attempts', all), 'count').to.equal(found.length);
          return attempts.flatMap(({ id }, place) => (found.some((one) => one.id === id) ? [place] : []));
        },
      };
    }

    it('holds whole records', async () => {
      const { attempts } = await makeAttempts({ metadata: { order: { id: 'A-1' } } });
      const where: Condition[] = [{ field: 'id', is: 'in', values: attempts.map(({ id }) => id) }];
      const found = await storeOf().list('attempts', { where, sortBy: 'createdAt', order: 'desc', limit: 10 });
      expect(found).to.deep.equal(attempts);
    });

    it('takes a field that is one of several values, null among them', async () => {
      const { matching } = await makeAttempts(
        { merchantId: null, conflict: true, dueAt: 5 },
        { confirmationCode: 'ONE', conflict: false, dueAt: null },
        { confirmationCode: null, conflict: false, dueAt: 6 },
      );
      expect(await matching({ field: 'confirmationCode', is: 'in', values: ['ONE', 'TWO'] })).to.deep.equal([1]);
      expect(await matching({ field: 'confirmationCode', is: 'in', values: ['ONE', null] })).to.deep.equal([1, 2]);
      expect(await matching({ field: 'merchantId', is: 'in', values: [null] })).to.deep.equal([0]);
      expect(await matching({ field: 'conflict', is: 'in', values: [true] })).to.deep.equal([0]);
      expect(await matching({ field: 'dueAt', is: 'in', values: [5, 6] })).to.deep.equal([0, 2]);
      expect(await matching({ field: 'rev', is: 'in', values: [0] })).to.deep.equal([0, 1, 2]);
      expect(await matching({ field: 'dueAt', is: 'in', values: [] })).to.deep.equal([]);
    });

    it('takes a field that is not null, indexed or not', async () => {
      const { matching } = await makeAttempts({ dueAt: 5, told: null }, { dueAt: null, told: 'unknown' });
      expect(await matching({ field: 'dueAt', is: 'not_null' })).to.deep.equal([0]);
      expect(await matching({ field: 'told', is: 'not_null' })).to.deep.equal([1]);
      expect(await matching({ field: 'no_such_field', is: 'not_null' })).to.deep.equal([]);
    });

    it('takes a number between two, the first included, with either left out', async () => {
      const { matching } = await makeAttempts(
        { dueAt: 1, looks: 1 },
        { dueAt: 2, looks: 2 },
        { dueAt: 3 },
        { dueAt: null },
      );
      expect(await matching({ field: 'dueAt', is: 'between', from: 1, to: 3 })).to.deep.equal([0, 1]);
      expect(await matching({ field: 'dueAt', is: 'between', from: 2 })).to.deep.equal([1, 2]);
      expect(await matching({ field: 'dueAt', is: 'between', to: 2 })).to.deep.equal([0]);
      expect(await matching({ field: 'dueAt', is: 'between' })).to.deep.equal([0, 1, 2]);
      expect(await matching({ field: 'looks', is: 'between', from: 2, to: 9 })).to.deep.equal([1]);
    });

    it('takes a text that holds another as it stands, with ASCII letters in either case', async () => {
      const { matching } = await makeAttempts(
        { billingName: "Ann (50%) O'Neil_É" },
        { billingName: 'ann.*' },
        { billingName: null },
        { billingName: 'Zoë' },
      );
      const holding = (text: string) => matching({ field: 'billingName', is: 'contains', text });
      expect(await holding('ANN')).to.deep.equal([0, 1]);
      expect(await holding('.*')).to.deep.equal([1]);
      expect(await holding("(50%) o'neil_É")).to.deep.equal([0]);
      expect(await holding('é')).to.deep.equal([]);
      expect(await holding('_')).to.deep.equal([0]);
      expect(await holding('ZOË')).to.deep.equal([]);
      expect(await holding('zoë')).to.deep.equal([3]);
      expect(await holding('\\')).to.deep.equal([]);
    });

    it('reaches into objects by dotted paths, whatever the keys', async () => {
      const { matching } = await makeAttempts(
        { metadata: { order: { id: 'A-1' }, constructor: 'x' } },
        { metadata: { order: { id: 'A-2' }, $where: 'x' } },
        { metadata: { 'order.id': 'A-1', 'quo"te': 'x' } },
        { metadata: JSON.parse('{"__proto__":{"id":"x"},"order":"id"}') },
      );
      expect(await matching({ field: 'metadata.order.id', is: 'in', values: ['A-1'] })).to.deep.equal([0]);
      expect(await matching({ field: 'metadata.order.id', is: 'not_null' })).to.deep.equal([0, 1]);
      expect(await matching({ field: 'metadata.constructor', is: 'in', values: ['x'] })).to.deep.equal([0]);
      expect(await matching({ field: 'metadata.$where', is: 'in', values: ['x'] })).to.deep.equal([1]);
      expect(await matching({ field: 'metadata.quo"te', is: 'in', values: ['x'] })).to.deep.equal([2]);
      expect(await matching({ field: 'metadata.__proto__.id', is: 'in', values: ['x'] })).to.deep.equal([3]);
      expect(await matching({ field: 'metadata.order', is: 'in', values: ['id'] })).to.deep.equal([3]);
      expect(await matching({ field: 'metadata."\') OR 1 --', is: 'not_null' })).to.deep.equal([]);
    });

    it('takes what looks like an operator for the text that it is', async () => {
      const { matching } = await makeAttempts({ billingName: '$ne' }, { billingName: '%' });
      expect(await matching({ field: 'billingName', is: 'in', values: ['$ne'] })).to.deep.equal([0]);
      expect(await matching({ field: 'billingName', is: 'in', values: ['%'] })).to.deep.equal([1]);
    });

    it('demands all conditions together, two of one field included', async () => {
      const { matching } = await makeAttempts({ dueAt: 1, looks: 7 }, { dueAt: 2, looks: 7 }, { dueAt: 3, looks: 8 });
      const found = await matching(
        { field: 'dueAt', is: 'between', from: 2 },
        { field: 'dueAt', is: 'not_null' },
        { field: 'looks', is: 'in', values: [7] },
      );
      expect(found).to.deep.equal([1]);
    });

    it('refuses a page of none, or of more than a thousand', async () => {
      for (const limit of [0, 1001, 1.5, -1]) {
        const asked = storeOf().list('meta', { where: [], sortBy: 'id', order: 'asc', limit });
        expect(await failureOf(asked), String(limit)).to.be.instanceOf(RangeError);
      }
    });

    it('is empty behind an id that is gone', async () => {
      const { attempts } = await makeAttempts({}, {});
      const where: Condition[] = [{ field: 'id', is: 'in', values: attempts.map(({ id }) => id) }];
      const query: ListQuery = { where, sortBy: 'createdAt', order: 'asc', limit: 10, startAfter: unique() };
      expect(await storeOf().list('attempts', query)).to.deep.equal([]);
    });

    it('comes in pages in one order, without gaps or repeats over ties and nulls', async () => {
      const times = fc.array(fc.option(fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 12 });
      const property = fc.asyncProperty(
        times,
        fc.constantFrom('asc', 'desc'),
        fc.constantFrom('expiresAt', 'makes', 'id'),
        fc.integer({ min: 1, max: 5 }),
        async (expiries, order, sortBy, limit) => {
          const attempt = unique();
          // Two fields to sort by: a number with an index and a text without one.
          const codes = expiries.map((expiresAt) => ({
            ...sample('codes', { attempt, expiresAt }),
            makes: expiresAt === null ? null : `text ${expiresAt % 2}`,
          }));
          for (const record of codes) await storeOf().apply({ insert: 'codes', record });
          const where: Condition[] = [{ field: 'attempt', is: 'in', values: [attempt] }];
          const query = { where, sortBy, order, limit };
          const expected = inOrder(codes, sortBy, order);
          expect(await followPages(query), 'by startAfter').to.deep.equal(expected);
          expect(await followOffsets(query), 'by offset').to.deep.equal(expected);
        },
      );
      await fc.assert(property, { numRuns: 30 });
    });

    async function followPages(query: ListQuery): Promise<readonly string[]> {
      const ids: string[] = [];
      for (;;) {
        const page: readonly ConfirmationCode[] = await storeOf().list('codes', { ...query, startAfter: ids.at(-1) });
        expect(page.length).to.be.at.most(query.limit);
        ids.push(...page.map(({ id }) => id));
        if (page.length < query.limit) return ids;
      }
    }

    async function followOffsets(query: ListQuery): Promise<readonly string[]> {
      const ids: string[] = [];
      for (;;) {
        const page = await storeOf().list('codes', { ...query, offset: ids.length });
        ids.push(...page.map(({ id }) => id));
        if (page.length < query.limit) return ids;
      }
    }
  });
}

/** The ids in the order that a list has: nulls lowest, ties by id, descending the exact reverse. */
function inOrder(
  records: readonly { readonly id: string }[],
  sortBy: string,
  order: 'asc' | 'desc',
): readonly string[] {
  const rank = (record: object) => {
    const value: unknown = Reflect.get(record, sortBy);
    return value === null ? '' : `=${String(value)}`;
  };
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const ascending = [...records].sort((a, b) => compare(rank(a), rank(b)) || compare(a.id, b.id));
  const ids = ascending.map(({ id }) => id);
  return order === 'asc' ? ids : ids.reverse();
}
