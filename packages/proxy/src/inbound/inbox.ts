import {
  armDeadline,
  type Deferred,
  deferred,
  Fifo,
  type Message,
  TroupeError,
  type WaitOptions,
} from "@troupe/core";

import type { Parcel } from "./parcel.js";

/** Messages held at most when one arrives that needed no credit, as an answer that nobody waits for. */
const maxUnmetered = 1_048_576;

interface Entry {
  readonly message: Message;
  readonly parcel: Parcel | undefined;
}

/**
 * Messages that arrived and were not received yet, in order of arrival.
 *
 * Its bound is kept by the senders: each has credit for so many bytes, which consuming a parcel renews.
 */
export class Inbox {
  #entries = new Fifo<Entry>();
  /** Those who wait in `take`, first come first served. */
  readonly #waiters = new Set<Deferred<Message | undefined>>();
  #ended: { readonly error: Error | undefined } | undefined;

  /** @param onConsumed Told of each parcel whose last message was taken. */
  constructor(private readonly onConsumed: (parcel: Parcel) => void) {}

  /** Messages that nobody has received yet. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds a message; `false` when it was dropped, closed or beyond the bound on messages without a parcel. */
  add(message: Message, parcel: Parcel | undefined): boolean {
    if (this.#ended || (parcel === undefined && this.#entries.size >= maxUnmetered)) return false;
    if (this.#waiters.size === 0) {
      this.#entries.push({ message, parcel });
      return true;
    }
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter.resolve(message);
      break;
    }
    this.#consume(parcel);
    return true;
  }

  /** The oldest message, if there is one. */
  tryTake(): Message | undefined {
    const entry = this.#entries.shift();
    if (!entry) return undefined;
    this.#consume(entry.parcel);
    return entry.message;
  }

  /**
   * The oldest message, waiting for one; `undefined` once closed and empty.
   *
   * @throws ERR_TIMEOUT, ERR_CANCELLED; what the inbox was closed with.
   */
  take(options: WaitOptions): Promise<Message | undefined> {
    const message = this.tryTake();
    if (message) return Promise.resolve(message);
    if (this.#ended)
      return this.#ended.error ? Promise.reject(this.#ended.error) : Promise.resolve(undefined);
    const waiter = deferred<Message | undefined>();
    this.#waiters.add(waiter);
    if (options.signal === undefined && options.timeout === undefined) return waiter.promise;
    const disarm = armDeadline("receive", options, (error) => {
      this.#waiters.delete(waiter);
      waiter.reject(error);
    });
    return waiter.promise.finally(disarm);
  }

  /** Takes out the messages that fit, oldest first. Linear in the size of the inbox. */
  extract(fits: (message: Message) => boolean): Message[] {
    const found: Message[] = [];
    if (this.#entries.size === 0) return found;
    const kept = new Fifo<Entry>();
    for (const entry of this.#entries) {
      if (fits(entry.message)) {
        found.push(entry.message);
        this.#consume(entry.parcel);
      } else kept.push(entry);
    }
    if (found.length > 0) this.#entries = kept;
    return found;
  }

  /** Ends the waits: with `error`, or quietly. Messages already there can still be taken. */
  close(error?: Error): void {
    if (this.#ended) return;
    this.#ended = { error };
    for (const waiter of this.#waiters) {
      if (error) waiter.reject(error);
      else waiter.resolve(undefined);
    }
    this.#waiters.clear();
  }

  #consume(parcel: Parcel | undefined): void {
    if (parcel && --parcel.left === 0) this.onConsumed(parcel);
  }
}

/** Received messages as an async iterable: ends when the inbox is closed, the signal aborts, or `timeout` ms bring none. */
export function messagesOf(inbox: Inbox, options: WaitOptions): AsyncIterableIterator<Message> {
  const ended = { done: true, value: undefined } as const;
  const iterator: AsyncIterableIterator<Message> = {
    // Written out, not a generator: a generator costs three more turns of the microtask queue a message.
    next: () => {
      if (options.signal?.aborted) return Promise.resolve(ended);
      const message = inbox.tryTake();
      if (message) return Promise.resolve({ done: false, value: message });
      return inbox.take(options).then(
        (value) => (value ? { done: false, value } : ended),
        (error: unknown) => {
          if (
            error instanceof TroupeError &&
            (error.code === "ERR_TIMEOUT" || error.code === "ERR_CANCELLED")
          )
            return ended;
          throw error;
        },
      );
    },
    return: () => Promise.resolve(ended),
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
