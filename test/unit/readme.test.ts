/** The README shows what the commands print and what the adapters say, so that whoever copies from it is not misled. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { adapters } from '../../adapters/index.ts';
import { startNode } from '../support/process.ts';
import { ROOT } from '../support/sources.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** A command in a block of its own, and the block behind it, both as far indented. */
const SHOWN =
  /^( *)```sh\n *npm run -s cli -- (snippet (\w+) [^\n]*)\n *```\n\n *```(?:xml|json)\n((?:(?!\s*```)[^\n]*\n)*)/gm;

const shown = [...README.matchAll(SHOWN)].map(([, indent = '', command = '', provider = '', block = '']) => ({
  provider,
  args: command.split(' '),
  document: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
}));

describe('The README', () => {
  it('has a document for every provider that reads one', () => {
    expect(shown.map(({ provider }) => provider)).to.have.members(['twilio', 'signalwire', 'telnyx']);
  });

  for (const { provider, args, document } of shown) {
    it(`shows for ${provider} what its command prints`, async () => {
      const running = startNode('src/cli/main.ts', args, { env: { PATH: process.env['PATH'], PORT: '8080' } });
      await running.ended;
      expect(running.output()).to.equal(document);
    });
  }

  it('names addresses that the adapters have, and one at least of each that it has a section for', () => {
    const told = new Set(README.match(/https:\/\/your-host\/(?:vendor|api)[\w/]*/g));
    const known = adapters.map(({ name, setup }) => ({ name, urls: Object.values(setup('https://your-host').values) }));
    expect(known.flatMap(({ urls }) => urls)).to.include.members([...told]);
    const named = known.filter(({ urls }) => urls.some((url) => told.has(url))).map(({ name }) => name);
    expect(named).to.deep.equal(['cart', 'generic', 'signalwire', 'telnyx', 'twilio']);
  });
});
