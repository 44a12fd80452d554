/** What a command says beside its answer: an alarm in words for the person at the terminal, never as a server's line. */
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { createTerminalLog } from '../../src/cli/terminal-log.ts';

describe('the log of a command', () => {
  async function written(say: (log: ReturnType<typeof createTerminalLog>) => void): Promise<string> {
    const out = new PassThrough();
    const log = createTerminalLog(out);
    say(log);
    await log.close();
    return String(out.read() ?? '');
  }

  for (const alarm of ['integrity_mismatch', 'late_approval', 'second_approval', 'manual'] as const) {
    it(`says ${alarm} in a sentence`, async () => {
      const text = await written((log) => log.event('alarm', { alarm, attempt: 'att_1' }));
      expect(text).to.match(/^[A-Z][^=_]+\.\n$/);
    });
  }

  it('keeps every other error, and nothing that is none', async () => {
    const text = await written((log) => {
      log.event('store_error', { during: 'pay', reason: 'SQLITE_FULL' });
      log.event('payment', { outcome: 'approved' });
    });
    expect(text)
      .to.match(/store_error.*SQLITE_FULL.*\n$/)
      .and.not.include('payment');
  });
});
