import { field, ReplayBuffer, type ReplayOptions } from "../src/index.js";

/** The address of a program in `test/programs`. */
export function program(name: string): URL {
  return new URL(`programs/${name}`, import.meta.url);
}

/** Rows of one number, which says which row it is. */
export const numbers = { value: field("float64") };

export function numbered(options: Partial<ReplayOptions<typeof numbers>> & { capacity: number }) {
  return new ReplayBuffer({ schema: numbers, seed: 7, ...options });
}

/** Writes the rows `from` to `to`, the last excluded, one by one. */
export function writeNumbers(replay: ReplayBuffer<typeof numbers>, from: number, to: number): void {
  for (let value = from; value < to; value++)
    if (!replay.write({ value })) throw new Error(`Row ${value} could not be written.`);
}

/** Holds the counts of what was drawn against what is expected: true unless chance is below 1 in 100,000. */
export function isLikely(counts: readonly number[], expected: readonly number[]): boolean {
  let chiSquare = 0;
  let degrees = -1;
  for (const [i, count] of counts.entries()) {
    if (expected[i] === 0) {
      if (count > 0) return false;
      continue;
    }
    chiSquare += (count - expected[i]!) ** 2 / expected[i]!;
    degrees++;
  }
  return chiSquare < criticalValue(degrees);
}

/** Of the chi-square distribution at 0.99999, by Wilson and Hilferty. */
function criticalValue(degrees: number): number {
  const z = 4.265;
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + z * Math.sqrt(spread)) ** 3;
}
