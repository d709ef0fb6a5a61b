/** Milliseconds after which a run counts as good. */
const goodRun = 10_000;
const firstDelay = 100;
/** Milliseconds between two starts at most, unless something else is said. */
const longestDelay = 10_000;

/** How long to wait before something that ended is started again: not at all, unless it ends soon each time. */
export class Backoff {
  #bad = 0;

  /** @param longest Milliseconds that it waits at most. */
  constructor(private readonly longest = longestDelay) {}

  /** @returns Milliseconds, after a run of `lasted` ms. */
  after(lasted: number): number {
    this.#bad = lasted < goodRun ? this.#bad + 1 : 0;
    if (this.#bad <= 1) return 0;
    return Math.min(firstDelay * 2 ** (this.#bad - 2), this.longest);
  }
}
