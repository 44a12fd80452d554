/** Numbers for tests that choose at random: all follow from one seed, so that a run's choices can be made again. */

/** Draws evenly from `low` to `high`, both included. */
export type Draw = (low: number, high: number) => number;

/** Numbers that depend on the seed and on whose they are, not on who draws first. */
export function drawsOf(seed: number, whose: number): Draw {
  let state = (seed ^ Math.imul(whose + 1, 0x9e3779b9)) >>> 0;
  // A step of a linear congruential generator modulo 2^32, of which the high bits are used.
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  return (low, high) => low + Math.floor(next() * (high - low + 1));
}
