import type { RestartLimits } from "../node/brain-port.js";

/** Milliseconds that a pause before a restart takes at most. */
const longestPause = 30_000;

/** The restarts of one actor within its window: how many it has had, and how long the next has to wait. */
export class RestartWindow {
  /** When they were, in milliseconds; the oldest first. */
  readonly #times: number[] = [];

  constructor(private readonly limits: RestartLimits) {}

  /**
   * Counts a restart.
   *
   * @param now Milliseconds of a clock that never goes back.
   * @returns Milliseconds until it; `undefined` when there have been too many.
   */
  next(now: number): number | undefined {
    const { max, window, backoff } = this.limits;
    while (this.#times.length > 0 && now - this.#times[0]! >= window) this.#times.shift();
    const recent = this.#times.length;
    if (recent >= max) return undefined;
    this.#times.push(now);
    // Without a bound on their number nobody asks for more of them than it takes for the longest pause.
    if (this.#times.length > mostTimes && max === Infinity) this.#times.shift();
    if (recent === 0) return 0;
    return Math.min(backoff * 2 ** (recent - 1), longestPause);
  }
}

const mostTimes = 64;
