import { task } from "@troupe/dist";

/**
 * Throws points into the unit square, and counts those within the quarter circle: π/4 of them, more or less. An
 * ordinary function, of plain numbers.
 *
 * The generator is xorshift32 (Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8(14), 2003).
 *
 * @param seed Not 0; the same seed gives the same points.
 */
export const hits = task(
  function hits(points: number, seed: number): number {
    let state = seed | 0;
    const random = () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) / 2 ** 32;
    };
    let count = 0;
    for (let point = 0; point < points; point++) {
      const x = random();
      const y = random();
      if (x * x + y * y <= 1) count++;
    }
    return count;
  },
  import.meta,
  // Whatever becomes of its process: the same seed gives the same count.
  { retries: 3 },
);
