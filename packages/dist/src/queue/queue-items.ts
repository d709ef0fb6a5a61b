/** The items of a queue, as they are taken one by one. Left early, it waits for none any more. */
export class QueueItems<T> implements AsyncIterableIterator<T, undefined> {
  readonly #left = new AbortController();

  /** @param take Takes the next item, waiting for it; none when no more will come. */
  constructor(private readonly take: (signal: AbortSignal) => Promise<readonly T[]>) {}

  async next(): Promise<IteratorResult<T, undefined>> {
    const { signal } = this.#left;
    try {
      const items = signal.aborted ? [] : await this.take(signal);
      if (items.length > 0) return { done: false, value: items[0]! };
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#left.abort();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
