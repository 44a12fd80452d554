/** The README shows what the commands print and what the adapters say, so that whoever copies from it is not misled. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { adapters } from '../../adapters/index.ts';
import { startNode } from '../support/process.ts';
import { ROOT } from '../support/sources.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const HOST = 'https://your-host';

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

  it('says where each adapter is reached', () => {
    for (const adapter of adapters) {
      const urls = Object.values(adapter.setup(HOST).values).filter((value) => value.startsWith('https://'));
      expect(urls, adapter.name).to.not.have.lengthOf(0);
      for (const url of urls) expect(README, adapter.name).to.include(url);
    }
  });
});
