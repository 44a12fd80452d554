/**
 * How SignalWire signs what it posts: an HMAC under the project's signing key. Decides which of its two schemes a
 * delivery is held against: one over address and body, and the one of its compatibility API, over the address, in which a
 * digest of the body stands. No page says whether a connector's requests are signed, so either is taken.
 *
 * Source: https://signalwire.com/docs/swml/guides/webhook-security, and the compatibility API's page of that name. A user
 * name and a password in the address are not part of what is signed.
 */
import type { Secret } from '../../src/core/secret.ts';
import { isHmac, isSha256, type Signature, type SignedDelivery } from '../../src/core/signature.ts';

const SHA256 = 'x-signalwire-sha256-signature';
const SHA1 = 'x-signalwire-signature';
/** The compatibility API's other name for it. */
const COMPATIBLE = 'x-twilio-signature';

/** SignalWire, webhook security. Where a delivery carries several signatures, the strongest decides. */
export const signature: Signature = {
  headers: [SHA256, SHA1, COMPATIBLE],
  isBy(key, delivery) {
    const { url, body, headers } = delivery;
    const [sha256 = '', sha1 = '', compatible = ''] = [headers[SHA256], headers[SHA1], headers[COMPATIBLE]];
    if (sha256 !== '') return isHmac(sha256, { hash: 'sha256', form: 'hex' }, key, `${url}${body}`);
    if (isHmac(sha1, { hash: 'sha1', form: 'hex' }, key, `${url}${body}`)) return true;
    return isOverAddress(sha1 || compatible, key, delivery);
  },
};

/** The address may have been signed with its port, which ours leaves out. */
function isOverAddress(given: string, key: Secret<string>, { url, body }: SignedDelivery): boolean {
  const [, digest = ''] = /[?&]bodySHA256=([0-9A-Fa-f]{64})(?:&|$)/.exec(url) ?? [];
  if (!isSha256(digest.toLowerCase(), body)) return false;
  const withPort = url.replace(/^https:\/\/[^/:?]+(?=[/?])/, '$&:443');
  return [url, withPort].some((address) => isHmac(given, { hash: 'sha1', form: 'base64' }, key, address));
}
