import { type WaitOptions, withDeadline } from "@troupe/core";

/** Work that is done once for all who wait for it. It is stopped when the last of them gives up. */
export class SharedTask<T> {
  readonly #stop = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;
  #isClaimed = false;

  /** @param onUnclaimed Gets a result that came when nobody waited for it any more. */
  constructor(
    work: (signal: AbortSignal) => Promise<T>,
    private readonly onUnclaimed: (result: T) => void,
  ) {
    this.#result = work(this.#stop.signal);
  }

  /** Whether it was stopped: who comes now has to begin anew. */
  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** @throws What the work throws; ERR_TIMEOUT, ERR_CANCELLED for this wait alone. */
  async wait(what: string, options: WaitOptions): Promise<T> {
    this.#waiting++;
    try {
      const result = await withDeadline(what, this.#result, options);
      this.#isClaimed = true;
      return result;
    } finally {
      if (--this.#waiting === 0 && !this.#isClaimed) this.#abandon();
    }
  }

  #abandon(): void {
    this.#stop.abort();
    this.#result.then(this.onUnclaimed, () => undefined);
  }
}
