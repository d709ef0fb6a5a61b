/** Numbers from 0 to 1, the same for the same seed: a linear congruential generator with its low bits left out. */
export function uniform(seed: number): () => number {
  let state = BigInt(seed) + 0x9e3779b97f4a7c15n;
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 11n) / 2 ** 53;
  };
}

/** Numbers whose logarithm is normal, with that median, by Box and Muller. */
export function lognormal(random: () => number, median: number, sigma: number): () => number {
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * random()));
  };
}
