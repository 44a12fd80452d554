/** Seals: what was sealed opens for its owner, under a live secret, unchanged; and for nobody else. */
import { expect } from 'chai';
import { Secret } from '../../src/core/secret.ts';
import { createSeals } from '../../src/engine/seal.ts';

const OLD = new Secret('the older of two secrets, of some length');
const NEW = new Secret('the newer of two secrets, of some length');
const KEY = 'PSK_wDwsJmJpUvZxQkR3Zb7d9tFh é';
const OWNER = ['mid_1', 'acme'];

describe('a seal', () => {
  const seals = createSeals([OLD]);
  const seal = () => seals.seal(new Secret(KEY), OWNER);

  it('opens for its owner, and never looks the same twice', () => {
    expect(seals.open(seal(), OWNER)?.reveal()).to.equal(KEY);
    expect(seal()).to.not.equal(seal());
    expect(Buffer.from(seal(), 'base64url').toString('latin1')).to.not.include('PSK');
  });

  it('opens for no other owner', () => {
    const sealed = seal();
    for (const owner of [['mid_2', 'acme'], ['mid_1', 'other'], ['mid_1'], ['mid_1', 'acme', ''], ['mid_1acme'], []]) {
      expect(seals.open(sealed, owner), owner.join()).to.equal(null);
    }
  });

  it('opens while its secret is live, and not under another', () => {
    const sealed = seal();
    expect(createSeals([NEW, OLD]).open(sealed, OWNER)?.reveal()).to.equal(KEY);
    expect(createSeals([NEW]).open(sealed, OWNER)).to.equal(null);
  });

  it('is made with the newest secret', () => {
    const sealed = createSeals([NEW, OLD]).seal(new Secret(KEY), OWNER);
    expect(createSeals([NEW]).open(sealed, OWNER)?.reveal()).to.equal(KEY);
    expect(createSeals([OLD]).open(sealed, OWNER)).to.equal(null);
  });

  it('does not open when a bit of it is changed, or part of it is gone', () => {
    const bytes = Buffer.from(seal(), 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(bytes.readUInt8(i) ^ 1, i);
      expect(seals.open(changed.toString('base64url'), OWNER), `byte ${i}`).to.equal(null);
      expect(seals.open(bytes.subarray(0, i).toString('base64url'), OWNER), `${i} bytes`).to.equal(null);
    }
  });
});
