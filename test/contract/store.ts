/**
 * The contract of a store, for whoever writes one: call `describeStore` inside a mocha run. Here is what holds of single
 * records and of writes; `store-lists.ts` has what holds of lists, `store-model.ts` compares with a model.
 */
import { expect } from 'chai';
import { type Collection, type Records, type Store, StoreUnavailable } from '../../src/core/store.ts';
import { COLLECTIONS, leadingFields } from '../../src/stores/collections.ts';
import { describeLists } from './store-lists.ts';
import { describeModel } from './store-model.ts';
import { failureOf, insertion, next, sample, unique } from './store-records.ts';

/** A database made for the suite, empty at first. */
export interface StoreUnderTest {
  /** A new handle on it, as another process would have; several are open at a time. */
  open(): Promise<Store>;
  /** Closes what is open and removes the database. */
  destroy(): Promise<void>;
}

const RIVALS = 100;

/** @param make called once */
export function describeStore(make: () => Promise<StoreUnderTest>): void {
  describe('the store contract', () => {
    let subject: StoreUnderTest;
    let store: Store;
    let other: Store;
    before(async () => {
      subject = await make();
      store = await subject.open();
      other = await subject.open();
    });
    after(() => subject?.destroy());

    describe('a record', () => {
      for (const collection of COLLECTIONS) {
        it(`of ${collection} comes back as it was written, by id and by every index`, () =>
          roundTrip(store, collection));
      }

      it('that is not there is null, by id and by index', async () => {
        expect(await store.get('attempts', unique())).to.equal(null);
        expect(await store.find('attempts', 'payinId', unique())).to.equal(null);
      });

      it('is not looked for by a field without an index', async () => {
        const error = await failureOf(store.find('attempts', 'fingerprint', unique()));
        expect(error).to.be.instanceOf(RangeError);
      });

      it('is found under its new value once an indexed field has changed', async () => {
        const attempt = sample('attempts', { dueAt: 1_000 });
        const moved = next(attempt, { dueAt: 2_000 });
        await store.apply({ insert: 'attempts', record: attempt }, { replace: 'attempts', record: moved });
        const due = (from: number, to: number) =>
          store.list('attempts', {
            where: [
              { field: 'dueAt', is: 'between', from, to },
              { field: 'payinId', is: 'in', values: [attempt.payinId] },
            ],
            sortBy: 'dueAt',
            order: 'asc',
            limit: 1,
          });
        expect(await due(1_000, 1_001)).to.deep.equal([]);
        expect(await due(2_000, 2_001)).to.deep.equal([moved]);
      });

      it('is seen by every handle as soon as its write is answered', async () => {
        const record = sample('meta');
        await store.apply({ insert: 'meta', record });
        expect(await other.get('meta', record.id)).to.deep.equal(record);
      });

      it('keeps whole numbers up to 2^53 - 1 exactly, indexed or not', async () => {
        const amount = Number.MAX_SAFE_INTEGER;
        await roundTrip(store, 'chargeables', { amount, expiresAt: amount - 1 });
      });

      it('keeps text of every script, and zero bytes', async () => {
        await roundTrip(store, 'meta', { value: 'Ünïcödé 漢字 العربية 👩‍👩‍👧 \u0000 \n " \\ %2E' });
      });

      it('keeps 8 KB of metadata', async () => {
        await roundTrip(store, 'attempts', { metadata: { note: 'é'.repeat(4_096) } });
      });

      it('keeps keys that mean something to an engine, as they are', async () => {
        const text =
          '{"$where":"sleep(1)","a.b":{"$gt":""},"__proto__":{"x":[{"$ne":null}]},"constructor":{"prototype":1},' +
          '"_bsontype":"ObjectId","_id":1,"toJSON":2,"":3,"%2E":4,"%":5,"quo\\"te":6,"nul\\u0000":7,"$":8,".":9,"_":10}';
        const attempt = sample('attempts', { metadata: JSON.parse(text) });
        await store.apply({ insert: 'attempts', record: attempt });
        const kept = await store.get('attempts', attempt.id);
        expect(JSON.stringify(kept?.metadata)).to.equal(JSON.stringify(JSON.parse(text)));
        expect(Object.getPrototypeOf(kept?.metadata)).to.equal(Object.prototype);
      });
    });

    describe('writes', () => {
      it('of an insert apply only where the id is free', async () => {
        const first = sample('meta', { value: 'first' });
        expect(await store.apply({ insert: 'meta', record: first })).to.equal(1);
        expect(await store.apply({ insert: 'meta', record: { ...first, value: 'second' } })).to.equal(0);
        expect(await store.get('meta', first.id)).to.deep.equal(first);
      });

      it('of a replace apply only to the revision before', async () => {
        const record = sample('meta');
        expect(await store.apply({ replace: 'meta', record: next(record) }), 'absent').to.equal(0);
        await store.apply({ insert: 'meta', record });
        expect(await store.apply({ replace: 'meta', record: { ...record, value: 'same' } }), 'same').to.equal(0);
        expect(await store.apply({ replace: 'meta', record: next(next(record)) }), 'one left out').to.equal(0);
        const replaced = next(record, { value: 'replaced' });
        expect(await store.apply({ replace: 'meta', record: replaced })).to.equal(1);
        expect(await store.apply({ replace: 'meta', record: replaced }), 'again').to.equal(0);
        expect(await store.get('meta', record.id)).to.deep.equal(replaced);
      });

      it('apply in order and stop at the first that does not', async () => {
        const [a, b, c] = [sample('meta'), sample('codes'), sample('meta')];
        const applied = await store.apply(
          { insert: 'meta', record: a },
          { replace: 'meta', record: next(a) },
          { insert: 'codes', record: b },
          { insert: 'meta', record: a },
          { insert: 'meta', record: c },
        );
        expect(applied).to.equal(3);
        expect(await store.get('meta', a.id)).to.deep.equal(next(a));
        expect(await store.get('codes', b.id)).to.deep.equal(b);
        expect(await store.get('meta', c.id)).to.equal(null);
      });

      it('may be none at all', async () => {
        expect(await store.apply()).to.equal(0);
      });

      it('take the record as it is when they are called', async () => {
        const metadata = { step: 'before' };
        const attempt = sample('attempts', { metadata });
        const written = store.apply(
          { insert: 'meta', record: sample('meta') },
          { insert: 'attempts', record: attempt },
        );
        metadata.step = 'after';
        await written;
        expect((await store.get('attempts', attempt.id))?.metadata).to.deep.equal({ step: 'before' });
      });

      it('count a tally, making it the first time', async () => {
        const id = unique();
        const counted = await Promise.all(
          Array.from({ length: RIVALS }, (_, i) =>
            (i % 2 === 0 ? store : other).apply({ tally: id, by: 1, expiresAt: 9e12 }),
          ),
        );
        expect(counted).to.deep.equal(counted.map(() => 1));
        expect(await store.get('tallies', id)).to.deep.equal({ id, rev: RIVALS - 1, count: RIVALS, expiresAt: 9e12 });
      });
    });

    describe('of a hundred that come at once', () => {
      /** Asks both handles; tells which asked for won. */
      async function race(write: (rival: number, handle: Store) => Promise<number>): Promise<readonly number[]> {
        const rivals = Array.from({ length: RIVALS }, (_, i) => i);
        const applied = await Promise.all(rivals.map((rival) => write(rival, rival % 2 === 0 ? store : other)));
        return rivals.filter((rival) => applied[rival] === 1);
      }

      it('one insert of an id wins, and stands', async () => {
        const record = sample('meta');
        const winners = await race((rival, handle) =>
          handle.apply({ insert: 'meta', record: { ...record, value: String(rival) } }),
        );
        expect(winners).to.have.length(1);
        expect((await store.get('meta', record.id))?.value).to.equal(String(winners[0]));
      });

      it('one claim of a config wins, and stands', async () => {
        const config = sample('chargeables');
        await store.apply({ insert: 'chargeables', record: config });
        const winners = await race((rival, handle) => {
          const active = { attempt: 'an attempt', generation: 0, nonce: String(rival), leaseUntil: 1 };
          return handle.apply({ replace: 'chargeables', record: next(config, { active }) });
        });
        expect(winners).to.have.length(1);
        expect((await other.get('chargeables', config.id))?.active?.nonce).to.equal(String(winners[0]));
      });
    });

    describe('purging', () => {
      it('removes what expired before the time, at most so many a collection, and never what has no such time', async () => {
        const now = 1_000;
        const expired = [0, 1, 2].map(() => sample('codes', { expiresAt: now - 1 }));
        const kept = [sample('codes', { expiresAt: now }), sample('codes')];
        for (const record of [...expired, ...kept]) await store.apply({ insert: 'codes', record });
        const attempt = sample('attempts', { expiresAt: now - 1 });
        await store.apply({ insert: 'attempts', record: attempt });

        expect(await store.purge(now, 2)).to.equal(3);
        expect(await store.get('attempts', attempt.id)).to.equal(null);
        expect(await store.purge(now, 2)).to.equal(1);
        expect(await store.purge(now, 2)).to.equal(0);
        for (const record of expired) expect(await store.get('codes', record.id)).to.equal(null);
        for (const record of kept) expect(await store.get('codes', record.id)).to.deep.equal(record);
      });
    });

    describe('a ping', () => {
      it('is a write, which every handle sees', async () => {
        const counted = async () => (await other.get('tallies', 'ping'))?.count ?? 0;
        const before = await counted();
        await store.ping();
        await store.ping();
        expect(await counted()).to.equal(before + 2);
      });
    });

    describeLists(() => store);
    describeModel(() => store);

    describe('a closed handle', () => {
      it('leaves its writes to those that open later', async () => {
        const record = sample('meta');
        const first = await subject.open();
        const written = first.apply({ insert: 'meta', record });
        await written;
        await first.close();
        const second = await subject.open();
        expect(await second.get('meta', record.id)).to.deep.equal(record);
      });

      it('answers nothing more, and closing again is nothing', async () => {
        const closed = await subject.open();
        await closed.close();
        await closed.close();
        const asked = [
          closed.get('meta', 'x'),
          closed.find('keys', 'secretHash', 'x'),
          closed.list('meta', { where: [], sortBy: 'id', order: 'asc', limit: 1 }),
          closed.count('meta', []),
          closed.apply({ insert: 'meta', record: sample('meta') }),
          closed.apply({ tally: 'x', by: 1, expiresAt: 1 }),
          closed.purge(0, 1),
          closed.ping(),
        ];
        for (const answer of asked) expect(await failureOf(answer)).to.be.instanceOf(StoreUnavailable);
      });
    });
  });
}

async function roundTrip<C extends Collection>(store: Store, collection: C, changes: Partial<Records[C]> = {}) {
  const record = sample(collection, changes);
  expect(await store.apply(insertion(collection, record))).to.equal(1);
  expect(await store.get(collection, record.id)).to.deep.equal(record);
  for (const field of leadingFields(collection) as readonly (keyof Records[C] & string)[]) {
    const value: unknown = record[field];
    if (typeof value === 'string') expect(await store.find(collection, field, value), field).to.deep.equal(record);
  }
}
