/** Signatures as SignalWire makes them, and the keys of merchants that they are held against. */
import { createHmac } from 'node:crypto';
import { PUBLIC_ADDRESSES } from './server.ts';
import { api, type Door } from './twilio.ts';

export const SIGNING_PATH = '/vendor/signalwire/pay';

/** The headers of a call to that path of the public address: both of SignalWire's signatures. */
export function signed(
  key: string,
  text: string,
  path = SIGNING_PATH,
  baseUrl = PUBLIC_ADDRESSES.tenderUrl,
): Readonly<Record<string, string>> {
  const hmac = (hash: string) => createHmac(hash, key).update(`${baseUrl}${path}${text}`).digest('hex');
  return { 'x-signalwire-signature': hmac('sha1'), 'x-signalwire-sha256-signature': hmac('sha256') };
}

export const keysPath = (merchant: string, adapter = 'signalwire') =>
  `/v1/merchants/${merchant}/signing_keys/${adapter}`;

export function setSigningKeys(door: Door, merchant: string, ...keys: readonly string[]) {
  return api(door, 'PUT', keysPath(merchant), { keys });
}
