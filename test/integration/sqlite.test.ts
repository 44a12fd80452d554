/** What the embedded store does with its file. */

import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { openStore } from '../../src/stores/open.ts';
import { sample } from '../contract/store-records.ts';
import { startNode } from '../support/process.ts';
import { createDatabase } from '../support/stores.ts';

describe('The embedded store', () => {
  it('is whole in its one file once it is closed', async () => {
    const database = await createDatabase('sqlite');
    const store = await database.open();
    const attempt = sample('attempts');
    await store.apply({ insert: 'attempts', record: attempt });
    await store.close();
    const file = database.url.slice('sqlite:'.length);
    const copy = join(dirname(file), 'copy.db');
    copyFileSync(file, copy);
    const opened = await openStore(`sqlite:${copy}`);
    expect(await opened.get('attempts', attempt.id)).to.deep.equal(attempt);
    await opened.close();
    await database.destroy();
  });

  it('is there for every handle of a process after another process has come and gone', async () => {
    const database = await createDatabase('sqlite');
    const [first, second] = [await database.open(), await database.open()];
    const attempt = sample('attempts');
    await first.apply({ insert: 'attempts', record: attempt });
    const env = {
      PATH: process.env['PATH'],
      STORE_URL: database.url,
      SECRET_KEY: 'a secret of tests that is long enough',
    };
    await startNode('src/cli/main.ts', ['attempts', 'list'], { env }).ended;
    for (const handle of [first, second, await database.open()]) {
      expect(await handle.get('attempts', attempt.id)).to.deep.equal(attempt);
      expect(await handle.apply({ insert: 'attempts', record: sample('attempts') })).to.equal(1);
    }
    await database.destroy();
  });
});
