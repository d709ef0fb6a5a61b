import type { Call } from "../cell/call.js";
import { shared } from "../shared.js";
import type { RemoteStream } from "./remote-stream.js";
import { type AnyIterator, iteratorOf, type StreamLike } from "./stream-like.js";

/** A stream within one process: each item is made when it is asked for. */
export class LocalStream implements RemoteStream<unknown> {
  readonly #iterator: AnyIterator;
  #isOver = false;

  /** @param convert What is done to each item. */
  constructor(
    private readonly call: Call,
    stream: StreamLike,
    private readonly convert: (item: unknown) => unknown,
  ) {
    this.#iterator = iteratorOf(stream);
  }

  async next(): Promise<IteratorResult<unknown, void>> {
    if (this.#isOver) return { done: true, value: undefined };
    const { cell } = this.call;
    if (cell.isEnded) {
      this.#isOver = true;
      throw await cell.runtime.endOf(cell.record);
    }
    try {
      const { done, value } = await this.#step(() => this.#iterator.next());
      if (!done) return { done: false, value: this.convert(await value) };
      this.#isOver = true;
      cell.ledger?.touch();
      return { done, value: undefined };
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  async return(): Promise<IteratorReturnResult<void>> {
    const isFirst = !this.#isOver;
    this.#isOver = true;
    if (isFirst) await this.#step(() => this.#iterator.return?.() ?? { done: true, value: undefined });
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Runs part of the method as what it is: a part of the call. */
  #step<T>(step: () => T): T {
    return shared.running.run(this.call, step);
  }
}
