/** The rules for replies find what they forbid, and nothing in what is only random. */
import { expect } from 'chai';
import { faultsOf } from '../support/replies.ts';

const PAN = '4111111111111111';

const headers = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'",
  'strict-transport-security': 'max-age=31536000',
  'x-request-id': 'abcdefghijklmnopqrst',
};
const faultsIn = (text: string) => faultsOf({ status: 200, headers, text });
const keyOf = (digits: string) => `{"api_key":"sbx_apikey_${digits.padEnd(64, 'a')}"}`;

describe('the rules for replies', () => {
  it('find a card number, beside an API key too', () => {
    for (const text of [`"${PAN}"`, 'paid with 4111-1111 1111.1111', `${keyOf('')}${PAN}`, `${PAN}${keyOf('')}`]) {
      expect(faultsIn(text), text).to.deep.equal(['200 shows what could be a card number']);
    }
  });

  it('take the digits of an API key for no card number, whatever they are', () => {
    expect(faultsIn(keyOf(PAN))).to.deep.equal([]);
    expect(faultsIn(keyOf(PAN.repeat(4)))).to.deep.equal([]);
  });

  it('find a card number in what only begins as an API key does', () => {
    for (const text of [`"apikey_${PAN}"`, `"api_key":"${PAN}"`, `${keyOf(PAN.repeat(4)).slice(0, -2)}${PAN}"}`]) {
      expect(faultsIn(text), text).to.deep.equal(['200 shows what could be a card number']);
    }
  });

  it('find the inside of the server', () => {
    for (const text of [
      '{"message":"x\\n    at pay"}',
      '"/opt/app/src/pay"',
      '"koa"',
      '"Unexpected token"',
      '"TypeError"',
    ]) {
      expect(faultsIn(text), text).to.have.length(1);
    }
    expect(faultsIn('{"status":"SUCCESS","data":{},"errors":null}')).to.deep.equal([]);
  });

  it('find a header that is missing, wrong or talkative', () => {
    for (const changes of [
      { 'x-request-id': undefined },
      { 'cache-control': 'public' },
      { 'content-type': 'text/html' },
      { server: 'x' },
    ]) {
      expect(faultsOf({ status: 200, headers: { ...headers, ...changes }, text: '{}' })).to.have.length(1);
    }
  });
});
