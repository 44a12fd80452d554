/** A secret shows itself in no way but one. */
import { format, inspect } from 'node:util';
import { expect } from 'chai';
import { Secret } from '../../../src/core/secret.ts';

const PAN = '4111111111111111';

describe('a secret', () => {
  const secret = new Secret(PAN);

  const shown: readonly [string, () => string][] = [
    ['as text', () => String(secret)],
    ['in a template', () => `${secret}`],
    ['joined to text', () => ['number', secret].join(' ')],
    ['in an array as text', () => String([secret])],
    ['as JSON', () => JSON.stringify(secret)],
    ['as JSON, nested', () => JSON.stringify({ card: { number: [secret] } })],
    ['inspected', () => inspect(secret)],
    ['inspected with everything shown', () => inspect({ secret }, { depth: 9, showHidden: true, getters: true })],
    ['printed with %s', () => format('%s', secret)],
    ['printed with %o', () => format('%o', { secret })],
    ['printed with %O', () => format('%O', [secret])],
    ['printed with %j', () => format('%j', secret)],
    ['printed beside text', () => format('number', secret, { secret })],
    ['in an error', () => inspect(Object.assign(new Error(`no ${secret}`, { cause: secret }), { secret }))],
    ['through its own properties', () => JSON.stringify(Object.getOwnPropertyDescriptors(secret))],
    ['copied', () => inspect({ ...secret }) + JSON.stringify(structuredClone(secret))],
  ];
  for (const [how, show] of shown) {
    it(`is not seen ${how}`, () => expect(show()).to.not.include('4111'));
  }

  it('says that something is there', () => {
    expect([`${secret}`, JSON.stringify(secret), inspect(secret)]).to.deep.equal([
      '[secret]',
      '"[secret]"',
      '[secret]',
    ]);
  });

  it('is revealed on demand, of whatever type', () => {
    const value = { a: 1 };
    expect(secret.reveal()).to.equal(PAN);
    expect(new Secret(value).reveal()).to.equal(value);
  });
});
