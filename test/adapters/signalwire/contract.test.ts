/** SignalWire's adapter keeps the contract, with the bodies of its pages and those that its own sample connector describes. */
import { join } from 'node:path';
import { describeAdapter, readFixtures } from 'tollbridge/testing';
import { signalwire } from '../../../adapters/signalwire/adapter.ts';
import { SIGNED } from './signed.ts';

describeAdapter(signalwire, readFixtures(join(import.meta.dirname, 'fixtures')), SIGNED);
