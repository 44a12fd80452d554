/** The programs that prove and measure, called wrongly: one line and exit code 2, and never a run of something else. */
import { expect } from 'chai';
import { startNode } from '../support/process.ts';

/** On a machine that is busy with other suites. */
const WITHIN_MS = 60_000;
const PROGRAMS = ['test/sim/main.ts', 'test/chaos/main.ts', 'test/load/bench.ts', 'test/fuzz/run.ts'];

async function run(script: string, ...args: readonly string[]) {
  const running = startNode(script, args);
  await running.ended;
  return { code: running.process.exitCode, output: running.output() };
}

describe('A program that proves or measures', () => {
  for (const script of PROGRAMS) {
    it(`${script} says how it is called, and refuses a flag that it does not have`, async () => {
      const [help, wrong] = await Promise.all([run(script, '--help'), run(script, '--jsn')]);
      expect(help.code).to.equal(0);
      expect(help.output).to.match(/^Usage: npm run [a-z:]+ -- \[options\]\n/);
      expect(wrong).to.deep.equal({ code: 2, output: "error: unknown option '--jsn' (Did you mean --json?)\n" });
    });
  }

  for (const args of [['--seed', '-1.5'], ['--runs'], ['--runs', '1e3'], ['two cards']]) {
    it(`takes no \`${args.join(' ')}\``, async () => {
      const { code, output } = await run('test/sim/main.ts', ...args);
      expect(code).to.equal(2);
      expect(output).to.match(/^error: .+\n$/);
    });
  }

  it('refuses a world that there is not, and tells which there are', async () => {
    for (const more of [[], ['--mutants'], ['--runs', '0']]) {
      const { code, output } = await run('test/sim/main.ts', '--world', 'no such world', ...more);
      expect(code).to.equal(2);
      expect(output).to.match(/^error: no world is called so; there are: 'two cards, abandon', .+\n$/);
    }
  });

  it('goes through the worlds of a name, and through none whose name goes on', async () => {
    const { code, output } = await run('test/sim/main.ts', '--world', 'two cards', '--runs', '0', '--json');
    expect(code).to.equal(0);
    const worlds = JSON.parse(output).worlds.map(({ world }: { readonly world: string }) => world);
    expect(worlds).to.deep.equal(['two cards, abandon', 'two cards, once', 'two cards, unproven']);
  }).timeout(WITHIN_MS);
});
