import type { Memory } from "./memory/memory.js";
import { countsFor, type RateLimits } from "./rate-limiter.js";

/**
 * Keeps a buffer's rate limits, over all processes exactly: what is begun is counted first, and what is done when it
 * is. Inserts are held against the samples that are done, samples against the inserts that are done. These only grow,
 * so no glance at them that is late allows too much.
 */
export class Limiter {
  readonly #memory: Memory;
  readonly #limits: RateLimits;
  /** Without bounds nothing is counted. */
  readonly counts: boolean;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#limits = memory.limits;
    this.counts = countsFor(this.#limits);
  }

  /** Begins `n` inserts, if they may be. */
  beginInserts(n: number): boolean {
    if (!this.counts) return true;
    const { control } = this.#memory;
    const { ratio, minSize, maxDiff } = this.#limits;
    for (;;) {
      const begun = Atomics.load(control.insertsBegun, 0);
      const done = Atomics.load(control.inserts, 0);
      const samples = Atomics.load(control.samples, 0);
      const underWay = Number(begun - done);
      const diff = (Number(begun) + n) * ratio - Number(samples);
      if (this.#memory.size + underWay + n > minSize && diff > maxDiff) return false;
      if (Atomics.compareExchange(control.insertsBegun, 0, begun, begun + BigInt(n)) === begun) return true;
    }
  }

  insertsDone(n: number): void {
    if (this.counts) Atomics.add(this.#memory.control.inserts, 0, BigInt(n));
  }

  /** Inserts that were begun are not made after all. */
  insertsFailed(n: number): void {
    if (this.counts) Atomics.sub(this.#memory.control.insertsBegun, 0, BigInt(n));
  }

  /** Begins `n` samples, if they may be. */
  beginSamples(n: number): boolean {
    const { ratio, minSize, minDiff } = this.#limits;
    if (this.#memory.size < minSize) return false;
    if (!this.counts) return true;
    const { control } = this.#memory;
    for (;;) {
      const begun = Atomics.load(control.samplesBegun, 0);
      const inserts = Atomics.load(control.inserts, 0);
      if (Number(inserts) * ratio - (Number(begun) + n) < minDiff) return false;
      if (Atomics.compareExchange(control.samplesBegun, 0, begun, begun + BigInt(n)) === begun) return true;
    }
  }

  samplesDone(n: number): void {
    if (this.counts) Atomics.add(this.#memory.control.samples, 0, BigInt(n));
  }

  samplesFailed(n: number): void {
    if (this.counts) Atomics.sub(this.#memory.control.samplesBegun, 0, BigInt(n));
  }
}
