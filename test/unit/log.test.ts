/** The log: what may be said, how it is written, and that neither account data nor a dead reader gets through it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';
import { Secret } from '../../src/core/secret.ts';
import { EVENTS, type EventName } from '../../src/log/events.ts';
import { redact } from '../../src/log/redact.ts';
import { manualClock } from '../support/clock.ts';
import { captureLog } from '../support/log.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const clock = manualClock(NOON);

const PAN = '4111111111111111';
const KEY = `sbx_apikey_${'0123456789abcdef'.repeat(4)}`;
const EVENT_NAMES = Object.keys(EVENTS) as readonly EventName[];

const ids = {
  payin_id: 'sbx_pyi_2abcdefghijklmnopqrstuvwxyz',
  config_id: 'sbx_cfg_2abcdefghijklmnopqrstuvwxyz',
  merchant_id: 'sbx_mid_2abcdefghijklmnopqrstuvwxyz',
  attempt: 'att_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE',
};

const declined = {
  request_id: 'kfmwrthlqaxz',
  adapter: 'twilio',
  command: 'charge',
  outcome: 'declined',
  code: 'INSUFFICIENT_FUNDS',
  via: 'send',
  ...ids,
  generation: 0,
  transaction: '72500aba-328c-445c-a12e-da5700e10b17',
  amount: 1000,
  currency: 'USD',
  duration_ms: 12,
} as const;

describe('the log', () => {
  it('writes one JSON line per payment, explained from end to end', () => {
    const { log, lines, entries } = captureLog({ clock });
    log.event('payment', declined);
    expect(lines()).to.have.lengthOf(1);
    const head = { time: '2026-11-21T12:00:00.000Z', level: 'info', event: 'payment' };
    expect(entries('payment')).to.deep.equal([{ ...head, ...declined }]);
    expect(log.redactions()).to.equal(0);
  });

  it('writes for a reader in development', () => {
    const { log, lines } = captureLog({ clock, form: 'text' });
    log.event('payment', declined);
    expect(lines()).to.have.lengthOf(1);
    const words = ['12:00:00.000', 'info', 'payment', 'declined', 'INSUFFICIENT_FUNDS', '1000', 'USD'];
    for (const word of words) expect(lines()[0]).to.include(word);
    expect(() => JSON.parse(lines()[0] ?? '')).to.throw();
  });

  it('leaves out what is null, absent, unknown or not of its form', () => {
    const { log, entries } = captureLog({ clock });
    const wrong = { adapter: 'Twilio 1', code: 'OOPS', amount: '1000', attempt: PAN, outcome: 'ok', currency: 'ZZZ' };
    const alien: object = { ...wrong, payin_id: null, card: PAN, body: { cvv: '123' }, __proto__: { via: 'send!' } };
    log.event('payment', { ...alien, generation: 2 });
    const head = { time: '2026-11-21T12:00:00.000Z', level: 'info', event: 'payment' };
    expect(entries()).to.deep.equal([{ ...head, generation: 2 }]);
  });

  it('does not compile with a field or a value outside of the table', () => {
    const { log } = captureLog();
    // @ts-expect-error: no such field
    log.event('payment', { card: '1' });
    // @ts-expect-error: no such outcome
    log.event('payment', { outcome: 'fine' });
    // @ts-expect-error: a field of another event
    log.event('refused_auth', { amount: 1 });
  });

  it('writes no event less important than its level', () => {
    const { log, entries } = captureLog({ level: 'warn' });
    for (const name of EVENT_NAMES) log.event(name, {});
    const loud = EVENT_NAMES.filter((name) => EVENTS[name].level !== 'info');
    expect(entries().map(({ event }) => event)).to.deep.equal(loud);
  });

  it('tells of an error its name, its code and where in our files, never its message', async () => {
    const { log, entries, lines } = captureLog();
    const { loadConfig } = await import('../../src/config.ts');
    try {
      loadConfig({ PORT: 'x' });
    } catch (error) {
      if (error instanceof Error) error.message += PAN;
      log.event('crash', { error: Object.assign(Object(error), { code: 'E_TEST', card: PAN }) });
    }
    const [crash] = entries('crash');
    expect(crash?.['error']).to.deep.include({ name: 'Error', code: 'E_TEST' });
    expect(crash?.['error'])
      .to.have.property('at')
      .that.satisfies((at: string[]) => /^src\/config\.ts:\d+$/.test(at[0] ?? ''));
    expect(lines().join()).to.not.include('PORT').and.not.include(PAN);
  });

  it('is not told where by a message that looks like a stack', () => {
    const { log, entries } = captureLog();
    log.event('defect', { error: new Error('x\n    at f (/a/src/fake.ts:1:1)') });
    log.event('defect', { error: new Error(`\n    at f (/a/src/${PAN}.ts:1:1)`) });
    for (const { error } of entries()) expect(error).to.deep.equal({ name: 'Error', at: [] });
  });

  it('lets no card, key or secret through any field of any event', () => {
    const canaries = [PAN, '4111 1111 1111 1111', '4111-1111-1111-1111', KEY, `Bearer ${KEY}`, 'Basic YTpi'];
    const shapes = (canary: string): readonly unknown[] => [
      canary,
      Number(canary),
      [canary],
      { reveal: canary },
      new Secret(canary),
      new Error(canary),
      Object.assign(new Error(canary), { name: canary, code: canary, stack: canary, cause: canary }),
    ];
    for (const form of ['json', 'text'] as const) {
      const { log, lines } = captureLog({ form });
      for (const name of EVENT_NAMES) {
        for (const value of canaries.flatMap(shapes)) {
          const fields = Object.keys(EVENTS[name].fields).map((field) => [field, value]);
          log.event(name, Object.fromEntries([...fields, [String(value), value]]));
        }
      }
      const text = lines().join('\n');
      expect(text).to.not.match(/4111[ -]?1111|apikey_|Bearer|YTpi/);
      expect(log.redactions()).to.equal(0);
    }
  });

  it('counts what the last look at a line had to cut out', () => {
    const { log, lines } = captureLog();
    log.event('crash', { error: Object.assign(new Error(), { code: 'apikey_0123456789abcdef' }) });
    expect(log.redactions()).to.equal(1);
    expect(lines()[0]).to.include('"code":"[redacted]"');
  });

  it('hands every line over before it closes, and survives a line after that', async () => {
    const { log, lines } = captureLog();
    for (let i = 0; i < 500; i++) log.event('start', { port: i });
    await log.close();
    expect(lines()).to.have.lengthOf(500);
    log.event('start', { port: 0 });
    expect(lines()).to.have.lengthOf(500);
  });

  it('does not take the process down when the reader of its lines is gone', async () => {
    const program = `
      import { createLog } from '${join(import.meta.dirname, '../../src/log.ts')}';
      const log = createLog({ level: 'info', form: 'json' });
      log.event('start', {});
      process.stdin.once('data', async () => {
        for (let i = 0; i < 50; i++) {
          log.event('start', { port: i });
          await new Promise(setImmediate);
        }
        process.stderr.write('charged', () => process.exit(0));
      });`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    await once(child.stdout, 'close');
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.stdin.end('go');
    const [code] = await once(child, 'close');
    expect({ code, said }).to.deep.equal({ code: 0, said: 'charged' });
  });
});

describe('the last look at a line', () => {
  const cut: readonly [string, string][] = [
    [`number ${PAN}.`, 'number [redacted].'],
    ['a 3782 822463 10005 b', 'a [redacted] b'],
    [`${KEY} and apikey_0f`, '[redacted] and [redacted]'],
    ['sk_live_ofTheTests and rk_test_0f', '[redacted] and [redacted]'],
    ['Authorization: Bearer abc.def', '[redacted]'],
    ['{"authorization":"Basic YTpi"}', '{"[redacted]"}'],
    ['sent bearer abc', 'sent [redacted]'],
    ['mongodb://user:pa55@a.example/x', 'mongodb://[redacted]@a.example/x'],
  ];
  for (const [line, clean] of cut) {
    it(`cuts ${line}`, () => {
      expect(redact(line).line).to.equal(clean);
      expect(redact(line).cuts).to.be.greaterThan(0);
    });
  }

  for (const line of ['1234567890123', '2026-11-21T12:00:00.000Z', 'AUTHORIZATION_EXPIRED', 'https://a.example/b']) {
    it(`leaves ${line}`, () => {
      expect(redact(line)).to.deep.equal({ line, cuts: 0 });
    });
  }
});
