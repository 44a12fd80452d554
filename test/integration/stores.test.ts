/** Every store that there is keeps the store's contract. */
import { expect } from 'chai';
import Libsql from 'libsql';
import { describeStore } from '../contract/store.ts';
import { sample } from '../contract/store-records.ts';
import { createDatabase, eachStore, locationOf } from '../support/stores.ts';

eachStore('Stores', ({ name }) => describeStore(() => createDatabase(name)));

describe('A SQLite file from before a collection was added', () => {
  it('gets its table when it is opened, and keeps the rest', async () => {
    const database = await createDatabase('sqlite');
    const attempt = sample('attempts');
    const before = await database.open();
    await before.apply({ insert: 'attempts', record: attempt });
    await before.close();
    const location = locationOf(database.url);
    const file = new Libsql(location.kind === 'sqlite' ? location.path : '');
    file.exec('DROP TABLE refunds');
    file.close();

    const after = await database.open();
    const refund = sample('refunds', { attempt: attempt.id });
    expect(await after.apply({ insert: 'refunds', record: refund })).to.equal(1);
    expect(await after.find('refunds', 'payinId', refund.payinId)).to.deep.equal(refund);
    expect(await after.get('attempts', attempt.id)).to.deep.equal(attempt);
    await database.destroy();
  });
});
