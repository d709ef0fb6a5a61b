import { Batcher, isThenable, Kind } from "@troupe/core";

import type { Call } from "../cell/call.js";
import type { Running } from "../cell/cell.js";
import { shared } from "../shared.js";
import { type AnyIterator, iteratorOf, type StreamLike } from "./stream-like.js";

/** Items that a stream may be ahead of its consumer. */
export const streamWindow = 64;

/** Where a producer's messages go. */
export interface ProducerHost {
  /** @throws ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE */
  send(call: Call, kind: number, ...fields: unknown[]): void;
  /** It has ended. */
  onEnd(producer: StreamProducer): void;
}

/**
 * What a method streams to another process: as many items as the consumer has room for, those of one turn of the
 * event loop in one message. It does not hold the actor's mailbox: other messages are handled between two items, and
 * while the method waits.
 */
export class StreamProducer implements Running {
  readonly #iterator: AnyIterator;
  readonly #items = new Batcher<unknown>((items) => this.#sendItems(items));
  #credit = streamWindow;
  #isProducing = false;
  #isOver = false;

  constructor(
    readonly call: Call,
    stream: StreamLike,
    private readonly host: ProducerHost,
  ) {
    this.#iterator = iteratorOf(stream);
    (call.cell.streams ??= new Set()).add(this);
    host.send(call, Kind.streamItem, []);
    void this.#produce();
  }

  /** The consumer has room for that many more. */
  grant(count: number): void {
    this.#credit += count;
    if (!this.#isProducing) void this.#produce();
  }

  /** The consumer wants no more. */
  cancel(reason: Error): void {
    if (this.#isOver) return;
    this.#close();
    this.call.abort(reason);
    void this.#return();
  }

  /** The actor ends. */
  end(reason: Error): void {
    if (this.#isOver) return;
    this.#fail(reason);
    this.call.abort(reason);
    void this.#return();
  }

  async #produce(): Promise<void> {
    this.#isProducing = true;
    try {
      while (this.#credit > 0 && !this.#isOver) {
        const step = shared.running.run(this.call, next, this.#iterator);
        const { done, value } = isThenable(step) ? await step : step;
        if (this.#isOver) break;
        if (done) return this.#finish();
        this.#credit--;
        this.#items.add(isThenable(value) ? await value : value);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#isProducing = false;
  }

  #sendItems(items: unknown[]): void {
    if (this.#isOver) return;
    try {
      this.host.send(this.call, Kind.streamItem, items);
    } catch (error) {
      this.#fail(error);
      void this.#return();
    }
  }

  #finish(): void {
    this.#items.flush();
    if (this.#isOver) return;
    this.#close();
    this.host.send(this.call, Kind.streamEnd);
  }

  #fail(error: unknown): void {
    this.#items.flush();
    if (this.#isOver) return;
    this.#close();
    this.host.send(this.call, Kind.error, error);
  }

  #close(): void {
    this.#isOver = true;
    this.call.cell.streams?.delete(this);
    this.call.cell.ledger?.touch();
    this.host.onEnd(this);
  }

  async #return(): Promise<void> {
    const { cell, name } = this.call;
    try {
      await shared.running.run(this.call, close, this.#iterator);
    } catch (error) {
      cell.runtime.node.log.warn(
        { err: error, actor: cell.record.path, method: name },
        "closing a stream threw",
      );
    }
  }
}

function next(
  iterator: AnyIterator,
): IteratorResult<unknown, unknown> | Promise<IteratorResult<unknown, unknown>> {
  return iterator.next();
}

function close(iterator: AnyIterator): unknown {
  return iterator.return?.();
}
