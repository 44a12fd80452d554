/** New Provider's adapter keeps the contract, with the bodies that it documents. */
import { join } from 'node:path';
import { describeAdapter, readFixtures } from 'tollbridge/testing';
import { newProvider } from '../../../adapters/new-provider/adapter.ts';

describeAdapter(newProvider, readFixtures(join(import.meta.dirname, 'fixtures')));
