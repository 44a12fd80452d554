/**
 * Deliveries with SignalWire's signatures, one for each way that it may sign. The values were made by Python's `hmac` after
 * the words of SignalWire's pages, not by the adapter.
 */
import type { SignedFixture } from 'tollbridge/testing';

const KEY = 'PSK_wDwsJmJpUvZxQkR3Zb7d9tFh';
const URL = 'https://pay.example.com/vendor/signalwire/pay';
const BODY =
  '{"transaction_id":"8c9d14d5-52ae-4e2e-b880-a14e6e1cda7d","cardnumber":"4111111111111111","chargeAmount":"10.55","description":"café"}';
const BODY_SHA256 = 'd36ff809ee08fff477964aaa7a6858e8abf1df57a99f906a99d41e85b8144a27';
const SOURCE = 'https://signalwire.com/docs/swml/guides/webhook-security';
const COMPATIBLE_SOURCE = 'https://signalwire.com/docs/compatibility-api/cxml/guides/webhook-security';
/** The key of the connector as a segment of the path is part of what is signed, and so is the query. */
const WITH_KEY = `${URL}/sbx_apikey_00?a=1`;
const SHA1 = 'b53820241d6d5db015f4b6d595598fa70bab88ae';
const SHA256 = '6bf695a6be3006876e31320ea483b0b66a92b633fec957e9194cee8e3461c3bb';

export const SIGNED: readonly SignedFixture[] = [
  {
    name: 'a call with both of its signatures',
    source: SOURCE,
    key: KEY,
    url: WITH_KEY,
    body: BODY,
    headers: { 'x-signalwire-signature': SHA1, 'x-signalwire-sha256-signature': SHA256 },
  },
  {
    name: 'a call with the older signature alone',
    source: SOURCE,
    key: KEY,
    url: WITH_KEY,
    body: BODY,
    headers: { 'x-signalwire-signature': SHA1 },
  },
  {
    name: 'one of the compatibility API',
    source: COMPATIBLE_SOURCE,
    key: KEY,
    url: `${URL}?bodySHA256=${BODY_SHA256}`,
    body: BODY,
    headers: { 'x-signalwire-signature': 't4/EBX/1l+JIpDWUAlxpBFd/geo=' },
  },
  {
    name: 'one of the compatibility API that was signed with its port',
    source: COMPATIBLE_SOURCE,
    key: KEY,
    url: `${URL}?bodySHA256=${BODY_SHA256}`,
    body: BODY,
    headers: { 'x-twilio-signature': 'MXikGekesnjcjFM0q8yZKPdaDX8=' },
  },
];

/** Signed after the compatibility API's words, with nothing in it that speaks for the body. */
export const WITHOUT_BODY: SignedFixture = {
  name: 'one over the address alone',
  source: COMPATIBLE_SOURCE,
  key: KEY,
  url: URL,
  body: BODY,
  headers: { 'x-signalwire-signature': 'FFiLWnoPK8xfR0tkk+F3mApkWGM=' },
};
