/** Number of weights of a policy. */
export const dimensions = 16;

/**
 * The mock environment: an episode's return is 0 for the best policy and falls with the squared distance
 * from it. What the actors find out by playing, the learner never sees.
 */
export function play(weights: Float32Array): number {
  let distance = 0;
  for (let i = 0; i < weights.length; i++) distance += (weights[i]! - Math.sin(i)) ** 2;
  return -distance;
}

/** Numbers from 0 to 1 that a seed determines: mulberry32 by Tommy Ettinger. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal noise, by Box and Muller. */
export function gaussian(length: number, random: () => number): Float32Array {
  return Float32Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}
