import {
  DeadlineLists,
  maxDelay,
  type Message,
  timeoutError,
  timeoutProblem,
  TroupeError,
  type Waiting,
} from "@troupe/core";

interface PendingReply extends Waiting {
  readonly id: number;
  readonly destination: string;
  readonly timeout: number;
  readonly onReply: (message: Message) => void;
  readonly onFailure: (error: Error) => void;
}

/** Messages of ours that wait for a reply, by their id. Each is told once how its wait ended. */
export class PendingReplies {
  readonly #pending = new Map<number, PendingReply>();
  readonly #deadlines = new DeadlineLists<PendingReply>((expired) => {
    this.#pending.delete(expired.id);
    const { destination, timeout } = expired;
    expired.onFailure(timeoutError(`The reply of "${destination}"`, timeout, { peer: destination }));
  });

  get size(): number {
    return this.#pending.size;
  }

  /** Whether a reply to message `id` is awaited. */
  has(id: number): boolean {
    return this.#pending.has(id);
  }

  /**
   * Starts the wait for a reply to message `id`, at most `timeout` ms (`Infinity`: until the peer leaves).
   *
   * @param onFailure Gets the peer's failure, ERR_PEER_LEFT, ERR_TIMEOUT or ERR_CLOSED.
   */
  expect(
    id: number,
    destination: string,
    timeout: number,
    onReply: (message: Message) => void,
    onFailure: (error: Error) => void,
  ): void {
    const problem = timeoutProblem(timeout);
    if (problem) return onFailure(problem);
    const pending: PendingReply = {
      id,
      destination,
      timeout,
      onReply,
      onFailure,
      expires: 0,
      list: undefined,
      previous: undefined,
      next: undefined,
    };
    this.#pending.set(id, pending);
    if (timeout <= maxDelay) this.#deadlines.enter(pending, timeout);
  }

  /** Whether a reply to message `id` was awaited; if so it has been handed over. */
  settle(id: number, message: Message): boolean {
    const pending = this.#end(id);
    pending?.onReply(message);
    return pending !== undefined;
  }

  /** Whether a reply to message `id` was awaited; if so its wait ended with `error`. */
  fail(id: number, error: Error): boolean {
    const pending = this.#end(id);
    pending?.onFailure(error);
    return pending !== undefined;
  }

  /** Ends a wait and tells nobody. */
  forget(id: number): void {
    this.#end(id);
  }

  /** Messages whose reply is awaited from `destination`. Linear. */
  of(destination: string): number[] {
    const ids: number[] = [];
    for (const pending of this.#pending.values())
      if (pending.destination === destination) ids.push(pending.id);
    return ids;
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

  #end(id: number): PendingReply | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    this.#pending.delete(id);
    this.#deadlines.leave(pending);
    return pending;
  }
}
