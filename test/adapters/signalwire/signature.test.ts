/** What SignalWire's signature does not let pass beside what the contract asks of any. */
import { expect } from 'chai';
import { signature } from '../../../adapters/signalwire/signature.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { SignedFixture } from '../../contract/index.ts';
import { SIGNED, WITHOUT_BODY } from './signed.ts';

const isSigned = ({ key, ...delivery }: SignedFixture) => signature.isBy(new Secret(key), delivery);

describe("SignalWire's signature", () => {
  it('says nothing of a body for which nothing in the address stands', () => {
    expect(isSigned(WITHOUT_BODY)).to.equal(false);
    // The body whose digest stands in no address is not the empty one, either.
    expect(isSigned({ ...WITHOUT_BODY, body: '' })).to.equal(false);
  });

  it('is the stronger one where there are two: a right SHA-1 does not make up for a wrong SHA-256', () => {
    const [both] = SIGNED;
    expect(both).to.not.equal(undefined);
    if (both === undefined) return;
    const headers = { ...both.headers, 'x-signalwire-sha256-signature': '0'.repeat(64) };
    expect([isSigned(both), isSigned({ ...both, headers })]).to.deep.equal([true, false]);
  });
});
