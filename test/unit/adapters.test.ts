/** The list of adapters and the folders: in order, complete, each with its schemas, its fixtures and its contract. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { adapters } from '../../adapters/index.ts';
import { ROOT } from '../support/sources.ts';

/** What is in `adapters` and no provider's: the words that several share, and what `npm run new:adapter` copies. */
const NO_PROVIDERS = ['shared', 'new-provider'];

/** Telnyx posts Twilio's body, field for field. */
const BORROWED_SCHEMAS: Readonly<Record<string, string>> = { telnyx: 'twilio' };

describe('the adapters', () => {
  const names = adapters.map(({ name }) => name);

  it('are listed in alphabetical order, each under the name of its folder', () => {
    const folders = readdirSync(join(ROOT, 'adapters'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(names).to.deep.equal([...names].sort());
    expect([...names, ...NO_PROVIDERS]).to.have.members(folders.map(({ name }) => name));
  });

  for (const name of names) {
    it(`have schemas, fixtures and a contract for ${name}`, () => {
      const schemas = `schemas/${BORROWED_SCHEMAS[name] ?? name}`;
      for (const part of [schemas, `test/adapters/${name}/fixtures`]) {
        expect(readdirSync(join(ROOT, part)), part).to.not.have.lengthOf(0);
      }
      expect(existsSync(join(ROOT, `test/adapters/${name}/contract.test.ts`))).to.equal(true);
    });
  }
});
