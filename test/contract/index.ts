/**
 * The door of `tollbridge/testing`: the contracts that adapters, processors and stores keep, as mocha suites for their
 * authors. They need mocha, chai and fast-check beside them.
 */
export { describeAdapter } from './adapter.ts';
export { type AdapterFixture, type Plain, readFixtures } from './adapter-fixtures.ts';
export type { SignedFixture } from './adapter-signature.ts';
export { describeProcessor, type ProcessorFixture } from './processor.ts';
export { describeStore, type StoreUnderTest } from './store.ts';
