/** The cart adapter keeps the contract, with the bodies of the source's pages, and with what their rules refuse. */
import { join } from 'node:path';
import { describeAdapter, readFixtures } from 'tollbridge/testing';
import { cart } from '../../../adapters/cart/adapter.ts';

describeAdapter(cart, readFixtures(join(import.meta.dirname, 'fixtures')));
