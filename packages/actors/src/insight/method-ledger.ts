import { MethodStats } from "./method-stats.js";

/** Methods that are counted each by itself. */
export const maxMethods = 10_000;

/** What the methods of a process have done, by class and name. Beyond a bound they are counted as one. */
export class MethodLedger {
  readonly #stats = new Map<string, MethodStats>();
  readonly #rest = new MethodStats("*", "*");

  of(className: string, method: string): MethodStats {
    const key = `${className}.${method}`;
    const known = this.#stats.get(key);
    if (known) return known;
    if (this.#stats.size >= maxMethods) return this.#rest;
    const stats = new MethodStats(className, method);
    this.#stats.set(key, stats);
    return stats;
  }

  /** Those that were called. */
  *called(): IterableIterator<MethodStats> {
    for (const stats of this.#stats.values()) if (stats.calls > 0) yield stats;
    if (this.#rest.calls > 0) yield this.#rest;
  }
}
