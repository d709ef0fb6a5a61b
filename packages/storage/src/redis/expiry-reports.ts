import type { RedisConnection } from "./connection.js";
import type { Names } from "./names.js";
import { sweepScript } from "./scripts.js";

/** Keys reported in one go. */
const reportLimit = 500;

/** Milliseconds between two reports at least, and at most while somebody watches. */
const shortestPause = 100;
const longestPause = 1000;

/**
 * Redis removes a key when its time is over, and tells nobody. Whoever set a time or watches asks now and
 * then which keys went, so that watchers hear of them and the index forgets them.
 */
export class ExpiryReports {
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;
  #stopped = false;

  /** @param isWatching Whether this process waits for changes, also of times that others set. */
  constructor(
    private readonly connection: RedisConnection,
    private readonly names: Names,
    private readonly isWatching: () => boolean,
  ) {}

  /** Sees to it that a report comes soon after this many milliseconds. */
  expect(milliseconds: number): void {
    const pause = Math.max(milliseconds, shortestPause);
    const dueAt = Date.now() + pause;
    if (this.#stopped || dueAt >= this.#dueAt) return;
    this.#dueAt = dueAt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#report(), Math.min(pause, 2 ** 31 - 1)).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #report(): Promise<void> {
    this.#dueAt = Infinity;
    const { index, expiries, sequence, channel, records } = this.names;
    const args = [channel, records, String(reportLimit)];
    let next = longestPause;
    try {
      const left = await this.connection.script(sweepScript, [index, expiries, sequence], args);
      next = Number(left);
    } catch {
      // Redis is away: the next report catches up.
    }
    if (this.isWatching()) this.expect(next < 0 ? longestPause : Math.min(next, longestPause));
    else if (next >= 0) this.expect(next);
  }
}
