/** Telnyx's adapter keeps the contract, with the bodies of its page. */
import { join } from 'node:path';
import { describeAdapter, readFixtures } from 'tollbridge/testing';
import { telnyx } from '../../../adapters/telnyx/adapter.ts';

describeAdapter(telnyx, readFixtures(join(import.meta.dirname, 'fixtures')));
