/**
 * Random numbers in [0, 1) that a seed decides: Mulberry32 by Tommy Ettinger, which has 32 bits of state.
 * Good enough to choose with; not for secrets.
 *
 * @param seed A whole number, of which the lowest 32 bits count.
 */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
