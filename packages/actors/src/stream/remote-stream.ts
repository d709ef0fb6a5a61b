import type { StreamInbox } from "./inbox.js";

/**
 * What a streaming method of an actor gives: iterated once, by one or several who then share the items. Its producer is
 * a bounded number of items ahead. Leaving a `for await` early ends the method.
 */
export interface RemoteStream<T> extends AsyncIterableIterator<T, void>, AsyncDisposable {
  return(): Promise<IteratorReturnResult<void>>;
}

/** Streams that nobody holds any more are ended: nobody would ever do it. */
const dropped = new FinalizationRegistry<StreamInbox>((inbox) => inbox.close());

/** A stream from another process. */
export class InboxStream implements RemoteStream<unknown> {
  readonly #inbox: StreamInbox;

  constructor(inbox: StreamInbox) {
    this.#inbox = inbox;
    dropped.register(this, inbox);
  }

  next(): Promise<IteratorResult<unknown, void>> {
    return this.#inbox.next() as Promise<IteratorResult<unknown, void>>;
  }

  async return(): Promise<IteratorReturnResult<void>> {
    this.#inbox.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
