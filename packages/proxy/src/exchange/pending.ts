import { DeadlineLists, maxDelay, type Message, timeoutError, TroupeError, type Waiting } from "@troupe/core";

/** Told how the wait for one reply ended. */
export interface ReplyHandler {
  onReply(message: Message): void;
  /** The peer's failure, ERR_PEER_LEFT, ERR_TIMEOUT or ERR_CLOSED. */
  onFailure(error: Error): void;
}

interface PendingReply extends Waiting {
  readonly id: string;
  readonly destination: string;
  readonly timeout: number;
  readonly handler: ReplyHandler;
}

/** Messages of ours that wait for a reply, by their id. Each is told once how its wait ended. */
export class PendingReplies {
  readonly #pending = new Map<string, PendingReply>();
  readonly #deadlines = new DeadlineLists<PendingReply>((expired) => {
    this.#pending.delete(expired.id);
    const { destination, timeout } = expired;
    expired.handler.onFailure(timeoutError(`The reply of "${destination}"`, timeout, { peer: destination }));
  });

  get size(): number {
    return this.#pending.size;
  }

  /** Starts the wait for a reply to message `id`, at most `timeout` ms (`Infinity`: until the peer leaves). */
  expect(id: string, destination: string, timeout: number, handler: ReplyHandler): void {
    const pending: PendingReply = {
      id,
      destination,
      timeout,
      handler,
      expires: 0,
      list: undefined,
      previous: undefined,
      next: undefined,
    };
    this.#pending.set(id, pending);
    if (timeout <= maxDelay) this.#deadlines.enter(pending, timeout);
  }

  /** Whether a reply to message `id` was awaited; if so it has been handed over. */
  settle(id: string, message: Message): boolean {
    const pending = this.#end(id);
    pending?.handler.onReply(message);
    return pending !== undefined;
  }

  /** Whether a reply to message `id` was awaited; if so its wait ended with `error`. */
  fail(id: string, error: Error): boolean {
    const pending = this.#end(id);
    pending?.handler.onFailure(error);
    return pending !== undefined;
  }

  /** Ends a wait and tells nobody. */
  forget(id: string): void {
    this.#end(id);
  }

  /** Ends every wait for `destination`. */
  failAll(destination: string, error: (destination: string) => TroupeError): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.destination === destination) this.fail(pending.id, error(destination));
    }
  }

  /** Ends all waits with ERR_CLOSED. */
  close(): void {
    for (const { id, destination } of [...this.#pending.values()]) {
      this.fail(
        id,
        new TroupeError(
          "ERR_CLOSED",
          `The proxy was closed while it waited for the reply of "${destination}".`,
        ),
      );
    }
    this.#deadlines.close();
  }

  #end(id: string): PendingReply | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    this.#pending.delete(id);
    this.#deadlines.leave(pending);
    return pending;
  }
}
