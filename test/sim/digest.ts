/**
 * Digests by which the simulation tells states apart: 53 bits, quick and not for secrets. Two states of a million take
 * each other's digest with a chance of about one in ten thousand, and then one of them is not explored.
 */

/** Two multiplicative hashes of 32 bits side by side, mixed at the end as MurmurHash3 does. */
export function digest(text: string): number {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 0x85ebca77);
    low = Math.imul(low ^ code, 0xc2b2ae3d);
  }
  high = mix(high ^ (low >>> 15));
  low = mix(low ^ (high >>> 13));
  return (high >>> 0) * 2 ** 21 + (low >>> 11);
}

function mix(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}

const known = new WeakMap<object, number>();

/** Of a value that never changes; when something was last written and when it may be purged is left out. */
export function digestOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return digest(String(value));
  const before = known.get(value);
  if (before !== undefined) return before;
  const made = digest(
    JSON.stringify(value, (name, member) => (name === 'updatedAt' || name === 'expiresAt' ? 0 : member)),
  );
  known.set(value, made);
  return made;
}
