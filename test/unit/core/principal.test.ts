/** Principals: what a key may do, and to whose objects. */
import { expect } from 'chai';
import type { ApiKeyId } from '../../../src/core/ids.ts';
import { createIds } from '../../../src/core/ids.ts';
import {
  GROUP_ALL,
  holds,
  mayReach,
  merchantsWithin,
  narrowed,
  PERMISSIONS,
  type Principal,
  type Statement,
} from '../../../src/core/principal.ts';
import { manualClock } from '../../support/clock.ts';

const ids = createIds({ sandbox: true, clock: manualClock() });
const ours = ids.make('plt');
const theirs = ids.make('plt');
const shop = ids.make('mid');
const rival = ids.make('mid');
const keyId: ApiKeyId = ids.make('api');

const principal = (...statements: readonly Statement[]): Principal => ({
  keyId,
  platformId: ours,
  statements,
  replyStatus: 'DOCUMENTED',
});
const atShop = { platformId: ours, merchantId: shop };
const atRival = { platformId: ours, merchantId: rival };
const onPlatform = { platformId: ours, merchantId: null };
const elsewhere = { platformId: theirs, merchantId: shop };

const onShop = { merchant: { merchant_id: shop } };

describe('a principal', () => {
  it('narrowed to a scope may what is in both, on what it could reach before', () => {
    const wide = principal(
      { permissions: [GROUP_ALL], constraints: onShop },
      { permissions: ['payin:read'], constraints: {} },
    );
    const reader = narrowed(wide, ['cart:read', 'payin:read']);
    for (const permission of PERMISSIONS) {
      const kept = permission === 'cart:read' || permission === 'payin:read';
      expect(mayReach(reader, permission, atShop), permission).to.equal(kept);
      expect(mayReach(reader, permission, atRival), permission).to.equal(permission === 'payin:read');
    }
    expect(
      holds(narrowed(principal({ permissions: ['payin:read'], constraints: {} }), ['cart:read']), 'cart:read'),
    ).to.equal(false);
  });

  it('may nothing without a statement', () => {
    const nobody = principal();
    const empty = principal({ permissions: [], constraints: {} });
    for (const permission of PERMISSIONS) {
      expect(holds(nobody, permission) || holds(empty, permission)).to.equal(false);
      expect(mayReach(nobody, permission, atShop) || mayReach(empty, permission, atShop)).to.equal(false);
      expect(merchantsWithin(nobody, permission)).to.deep.equal([]);
    }
  });

  it('may only what a statement names', () => {
    const connector = principal({ permissions: ['payin:create', 'payment_method:create'], constraints: {} });
    const held = PERMISSIONS.filter((permission) => holds(connector, permission));
    expect(held).to.deep.equal(['payin:create', 'payment_method:create']);
    expect(PERMISSIONS.filter((permission) => mayReach(connector, permission, atShop))).to.deep.equal(held);
  });

  it('may everything on its platform with the group of all, and nothing on another', () => {
    const admin = principal({ permissions: [GROUP_ALL], constraints: {} });
    for (const permission of PERMISSIONS) {
      for (const scope of [atShop, atRival, onPlatform]) expect(mayReach(admin, permission, scope)).to.equal(true);
      expect(mayReach(admin, permission, elsewhere)).to.equal(false);
      expect(merchantsWithin(admin, permission)).to.equal(null);
    }
  });

  it('that is confined to a merchant reaches no other, nor what belongs to the whole platform', () => {
    const confined = principal({ permissions: ['payin:read'], constraints: onShop });
    expect(mayReach(confined, 'payin:read', atShop)).to.equal(true);
    for (const scope of [atRival, onPlatform, elsewhere]) {
      expect(mayReach(confined, 'payin:read', scope)).to.equal(false);
    }
    expect(merchantsWithin(confined, 'payin:read')).to.deep.equal([shop]);
    expect(holds(confined, 'payin:read')).to.equal(true);
  });

  it('must meet all constraints of one statement', () => {
    const both = (platform_id: typeof ours): Statement => ({
      permissions: ['payin:read'],
      constraints: { platform: { platform_id }, ...onShop },
    });
    expect(mayReach(principal(both(ours)), 'payin:read', atShop)).to.equal(true);
    expect(mayReach(principal(both(ours)), 'payin:read', atRival)).to.equal(false);
    expect(mayReach(principal(both(theirs)), 'payin:read', atShop)).to.equal(false);
    expect(merchantsWithin(principal(both(theirs)), 'payin:read')).to.deep.equal([]);
  });

  it('gains nothing from a statement about another platform', () => {
    const stray = principal({ permissions: [GROUP_ALL], constraints: { platform: { platform_id: theirs } } });
    expect(mayReach(stray, 'payin:read', elsewhere)).to.equal(false);
    expect(mayReach(stray, 'payin:read', atShop)).to.equal(false);
    expect(merchantsWithin(stray, 'payin:read')).to.deep.equal([]);
  });

  it('is served by any one statement, each with its own constraints', () => {
    const mixed = principal(
      { permissions: ['payin:create'], constraints: onShop },
      { permissions: ['payin:read'], constraints: { merchant: { merchant_id: rival } } },
      { permissions: ['payin:read'], constraints: onShop },
      { permissions: ['merchant:read'], constraints: {} },
    );
    expect(mayReach(mixed, 'payin:create', atShop)).to.equal(true);
    expect(mayReach(mixed, 'payin:create', atRival)).to.equal(false);
    expect(merchantsWithin(mixed, 'payin:read')).to.deep.equal([rival, shop]);
    expect(merchantsWithin(mixed, 'merchant:read')).to.equal(null);
  });
});
