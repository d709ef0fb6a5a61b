import type { VersionInfo } from "../version/version.js";

/** The versions of a tag as they come, each the newest when it is asked for. */
export class VersionStream implements AsyncIterableIterator<VersionInfo, undefined> {
  readonly #left = new AbortController();
  readonly #signal: AbortSignal;
  #last: number;

  /**
   * @param find The newest version that is newer, waiting for it; `undefined` once the signal has aborted.
   * @param newerThan The version before the first.
   */
  constructor(
    private readonly find: (newerThan: number, signal: AbortSignal) => Promise<VersionInfo>,
    newerThan: number,
    signal: AbortSignal | undefined,
  ) {
    this.#last = newerThan;
    this.#signal = signal ? AbortSignal.any([signal, this.#left.signal]) : this.#left.signal;
  }

  async next(): Promise<IteratorResult<VersionInfo, undefined>> {
    const { signal: left } = this.#left;
    if (left.aborted) return { done: true, value: undefined };
    try {
      const info = await this.find(this.#last, this.#signal);
      this.#last = info.version;
      return { done: false, value: info };
    } catch (error) {
      if (!left.aborted) throw error;
      return { done: true, value: undefined };
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#left.abort();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
