/** Ids: a form that tells the kind, sorts by time and is drawn evenly; codes that can be read aloud. */
import { expect } from 'chai';
import {
  createIds,
  type IdPrefix,
  isCartId,
  isCartPaymentId,
  isId,
  makeCartId,
  makeCartPaymentId,
  makeConfirmationCode,
  randomText,
} from '../../../src/core/ids.ts';
import { looksLikeCardNumber } from '../../../src/core/tender.ts';
import { manualClock } from '../../support/clock.ts';

describe('ids', () => {
  const clock = manualClock(Date.UTC(2026, 10, 21));
  const live = createIds({ sandbox: false, clock });
  const sandbox = createIds({ sandbox: true, clock });
  const prefixes: readonly IdPrefix[] = ['plt', 'mid', 'api', 'cfg', 'pmc', 'pyi', 'mtd', 'rfd'];

  for (const prefix of prefixes) {
    it(`of the kind ${prefix} say so, with sbx_ in front in the sandbox`, () => {
      expect(live.make(prefix)).to.match(new RegExp(`^${prefix}_[0-9A-Za-z]{27}$`));
      expect(sandbox.make(prefix)).to.match(new RegExp(`^sbx_${prefix}_[0-9A-Za-z]{27}$`));
      for (const id of [live.make(prefix), sandbox.make(prefix)]) {
        expect(prefixes.filter((other) => isId(other, id))).to.deep.equal([prefix]);
      }
    });
  }

  it('of carts and of their payments have forms of their own', () => {
    for (let i = 0; i < 200; i++) {
      const [cart, payment] = [makeCartId(), makeCartPaymentId()];
      expect(isCartId(cart) && isCartPaymentId(payment), `${cart} ${payment}`).to.equal(true);
      expect(looksLikeCardNumber(cart.replaceAll('-', ' ')) || looksLikeCardNumber(payment), cart).to.equal(false);
      expect(payment).to.match(/^[A-Z][0-9]{10}$/);
      expect(prefixes.some((prefix) => isId(prefix, cart))).to.equal(false);
    }
    for (const text of ['', 'x', makeCartId().toUpperCase(), `${makeCartId()}\n`])
      expect(isCartId(text)).to.equal(false);
    for (const text of ['z8290409311', 'Z829040931', 'Z82904093110']) expect(isCartPaymentId(text)).to.equal(false);
  });

  it('sort by the second in which they were made', async () => {
    const made: string[] = [];
    for (const seconds of [1, 61, 62, 3_600, 86_400 * 365]) {
      await clock.advance(seconds * 1000);
      made.push(live.make('pyi'));
    }
    expect([...made].sort()).to.deep.equal(made);
  });

  it('carry the time as a KSUID does', () => {
    const start = createIds({ sandbox: false, clock: manualClock(Date.UTC(2014, 4, 13, 16, 53, 20)) });
    expect(start.make('cfg')).to.match(/^cfg_000000/);
    const later = createIds({ sandbox: false, clock: manualClock(Date.UTC(2014, 4, 13, 16, 54, 22)) });
    expect(later.make('cfg')).to.match(/^cfg_000010/);
  });

  it('differ within one moment', () => {
    const made = Array.from({ length: 2_000 }, () => live.make('cfg'));
    expect(new Set(made).size).to.equal(made.length);
  });

  const suffix = 'a'.repeat(27);
  for (const value of [`cfg_${suffix}a`, `cfg_${'a'.repeat(26)}`, `cfg_${'a'.repeat(26)}-`, ` cfg_${suffix}`]) {
    it(`are not taken from ${value}`, () => expect(isId('cfg', value)).to.equal(false));
  }
  for (const value of [
    `cfg_${suffix}\n`,
    `x_cfg_${suffix}`,
    `SBX_cfg_${suffix}`,
    '',
    null,
    7,
    ['cfg'],
    { $ne: null },
  ]) {
    it(`are not taken from ${JSON.stringify(value)}`, () => expect(isId('cfg', value)).to.equal(false));
  }
});

describe('random text', () => {
  it('has the asked length', () => {
    expect(randomText('abc', 0)).to.equal('');
    expect(randomText('abc', 5_000)).to.match(/^[abc]{5000}$/);
  });

  it('draws each character as often as any other', () => {
    // 256 bytes over 200 characters: taken modulo, the first 56 would make up 44 % of a text instead of 28 %.
    const alphabet = String.fromCodePoint(...Array.from({ length: 200 }, (_, i) => 0x4e00 + i));
    const text = [...randomText(alphabet, 40_000)];
    const early = text.filter((character) => alphabet.indexOf(character) < 56).length / text.length;
    expect(early).to.be.within(0.265, 0.295);
    expect(new Set(text).size).to.equal(200);
  });
});

describe('a confirmation code', () => {
  it('has eight characters, none of which look or sound alike', () => {
    for (let i = 0; i < 500; i++) expect(makeConfirmationCode(`payment ${i}`)).to.match(/^[234679FKLMRW]{8}$/);
  });

  it('is the same for the same payment, and another for nearly every other', () => {
    const made = Array.from({ length: 200 }, (_, i) => makeConfirmationCode(`payment ${i}`));
    expect(made).to.deep.equal(Array.from({ length: 200 }, (_, i) => makeConfirmationCode(`payment ${i}`)));
    expect(new Set(made).size).to.equal(made.length);
  });
});
