/** Signatures that are broken on purpose, each in one way, and the check of `describeAdapter` that catches it. */
import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { twilio } from '../../adapters/twilio/adapter.ts';
import { type Hmac, isHmac, type Signature } from '../../src/core/signature.ts';
import { describeAdapter, type SignedFixture } from '../contract/index.ts';
import { runNested } from './nested.ts';

const HEADER = 'x-signature';
const SHA256: Hmac = { hash: 'sha256', form: 'hex' };

const GOOD: Signature = {
  headers: [HEADER],
  isBy: (key, { url, body, headers }) => isHmac(headers[HEADER] ?? '', SHA256, key, `${url}${body}`),
};

const KEY = 'a key that only tests know';
const URL = 'https://pay.example.com/vendor/acme?call=1';
const BODY = '{"amount":"10.00"}';
const signedBy = (key: string, text: string) => createHmac('sha256', key).update(text).digest('hex');
const fixture = (signature: string): SignedFixture => ({
  name: 'a delivery',
  source: 'made up',
  key: KEY,
  url: URL,
  body: BODY,
  headers: { [HEADER]: signature },
});
const SIGNED = [fixture(signedBy(KEY, `${URL}${BODY}`))];

const run = (signature: Signature, signed: readonly SignedFixture[] = SIGNED) =>
  runNested(() => describeAdapter({ ...twilio, signature }, [], signed), 'signature ');

/** A comparison that looks at no more than what was given. */
const isStart: Signature['isBy'] = (key, { url, body, headers }) => {
  const given = headers[HEADER] ?? '';
  return given.length > 60 && signedBy(key.reveal(), `${url}${body}`).startsWith(given);
};

/** What is wrong, the check that is meant for it, the signature, and a delivery that it takes. */
const BROKEN: readonly [string, string, Signature['isBy'], SignedFixture?][] = [
  ['one that takes everything', 'takes nothing that nobody has signed', () => true],
  [
    'one that takes what has no signature',
    'without its signature',
    (key, it) => it.headers[HEADER] === '' || GOOD.isBy(key, it),
  ],
  ['one that takes any signature', 'with another signature', (_key, { headers }) => headers[HEADER] !== ''],
  ['one that takes nothing', 'takes a delivery', () => false],
  [
    'one that leaves the body out',
    'with another body',
    (key, { url, headers }) => isHmac(headers[HEADER] ?? '', SHA256, key, url),
    fixture(signedBy(KEY, URL)),
  ],
  [
    'one that leaves the address out',
    'for another path',
    (key, { body, headers }) => isHmac(headers[HEADER] ?? '', SHA256, key, body),
    fixture(signedBy(KEY, BODY)),
  ],
  [
    'one that leaves the query out',
    'with more in its query',
    (key, it) => GOOD.isBy(key, { ...it, url: it.url.replace(/\?.*/, '') }),
    fixture(signedBy(KEY, `${URL.replace(/\?.*/, '')}${BODY}`)),
  ],
  [
    'one that trims the body',
    'with a blank behind its body',
    (key, it) => GOOD.isBy(key, { ...it, body: it.body.trim() }),
  ],
  [
    'one with a key of its own',
    'with another key',
    (_key, { url, body, headers }) => headers[HEADER] === signedBy(KEY, `${url}${body}`),
  ],
  ['one that compares the beginning', 'with part of its signature', isStart],
  [
    'one that throws on what is no signature',
    'never throws',
    (key, it) =>
      Buffer.from(it.headers[HEADER] ?? '', 'hex').length === 32 && GOOD.isBy(key, it)
        ? true
        : fail(it.headers[HEADER]),
  ],
  ['one that asks the clock', 'takes a delivery', (key, it) => Date.now() > 0 && GOOD.isBy(key, it)],
];

function fail(given = ''): false {
  if (given.length % 2 === 1) throw new Error('no signature');
  return false;
}

describe('the contract of signatures', () => {
  let passed: readonly string[];
  before(async () => {
    const { passed: good, failed } = await run(GOOD);
    expect([...failed]).to.deep.equal([]);
    passed = good;
  });

  for (const [what, check, isBy, signed] of BROKEN) {
    it(`catches ${what}`, async () => {
      const title = passed.find((one) => one.includes(check));
      const { failed } = await run({ ...GOOD, isBy }, signed === undefined ? SIGNED : [signed]);
      expect([...failed.keys()]).to.include(title);
    });
  }

  it('catches a header that no request can have as it is written', async () => {
    const { failed } = await run({ ...GOOD, headers: ['X-Signature'] });
    expect([...failed.keys()]).to.include('names its headers in lower case, each once');
  });

  it('catches a signature that is shown no delivery', async () => {
    const { failed } = await run(GOOD, []);
    expect([...failed.keys()]).to.deep.equal(['is shown at least one signed delivery, in headers that it names']);
  });

  it('asks nothing of an adapter without one', async () => {
    const { passed: titles } = await runNested(() => describeAdapter(twilio, []), 'signature ');
    expect(titles.filter((title) => passed.includes(title))).to.deep.equal([]);
  });
});
