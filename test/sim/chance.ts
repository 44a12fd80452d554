/**
 * Randomness as a consequence of what happened before: whatever the engine draws follows from the step that woke it, so
 * that the same steps give the same ids and nonces in whatever order the others are taken. Takes the place of the
 * randomness of Node for this process; ids.ts must draw byte by byte, which `DRAWS_BY_BYTE` sees to.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { Rewrite } from './mutants.ts';

/** A page of random bytes would carry what is drawn over from one step to the next. */
export const DRAWS_BY_BYTE: Rewrite = { file: 'src/core/ids.ts', from: 'Buffer.alloc(4096)', to: 'Buffer.alloc(1)' };

/** Marsaglia's xorshift: numbers of 32 bits that follow from the seed. */
export function xorshift(seed: number): () => number {
  let state = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

let next = xorshift(1);

/** From now on what the engine draws follows from this number. */
export function drawFrom(seed: number): void {
  next = xorshift(seed);
}

function fill<T extends NodeJS.ArrayBufferView>(view: T): T {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let i = 0; i < bytes.length; i++) bytes[i] = next() >>> 11;
  return view;
}

const hex = (length: number) =>
  Array.from({ length }, () => (next() >>> 9) % 16)
    .map((digit) => digit.toString(16))
    .join('');

/** Replaces every source of randomness that the engine uses, and remembers what keys are derived. Cannot be undone. */
export function takeOverRandomness(): void {
  const { hkdfSync } = crypto;
  const derived = new Map<string, ArrayBuffer>();
  Object.assign(crypto, {
    // Every run makes its engines anew, with the same secret.
    hkdfSync(...given: Parameters<typeof hkdfSync>) {
      const key = derived.get(String(given)) ?? hkdfSync(...given);
      derived.set(String(given), key);
      return key;
    },
    randomFillSync: fill,
    randomBytes: (size: number) => fill(Buffer.alloc(size)),
    randomUUID: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
  });
  syncBuiltinESMExports();
  // Jitter only spreads load.
  Math.random = () => 0;
}
