import { randomInt } from "node:crypto";

import { DeadlineLists, maxDelay, timeoutError, type Waiting } from "@troupe/core";

import { NumberedTable } from "./numbered-table.js";

/** One who waits for an answer. */
export interface PendingCall extends Waiting {
  readonly id: number;
  /** The process that is to answer. */
  readonly to: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timeout: number | undefined;
  /** On whose behalf it waits, as whoever opened it said. */
  readonly waiter: unknown;
}

/** The first number is below this, so that those after it stay small integers for long. */
const firstNumbers = 2 ** 30;

/** Messages of this process that wait for an answer, by their id. Each is told once how its wait ended. */
export class PendingCalls {
  /** From a random start: a late answer to the process that had this name before is not taken for one to this. */
  readonly #pending = new NumberedTable<PendingCall>(randomInt(firstNumbers));
  readonly #deadlines = new DeadlineLists<PendingCall>((expired) => {
    this.#pending.take(expired.id);
    expired.reject(timeoutError(`The answer of "${expired.to}"`, expired.timeout!, { process: expired.to }));
  });

  get size(): number {
    return this.#pending.size;
  }

  /**
   * Begins a wait and gives its id.
   *
   * @param to The process that is to answer.
   * @param reject Gets the callee's error, ERR_TIMEOUT, ERR_ACTOR_DIED when the process ended, ERR_CLOSED.
   * @param timeout Milliseconds; without it the wait is as long as the process lives.
   * @param waiter On whose behalf it waits, for those who look for what that waits for.
   */
  open(
    to: string,
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
    timeout?: number,
    waiter?: unknown,
  ): number {
    const id = this.#pending.nextId();
    const pending: PendingCall = {
      id,
      to,
      resolve,
      reject,
      timeout,
      waiter,
      expires: 0,
      list: undefined,
      previous: undefined,
      next: undefined,
    };
    this.#pending.add(pending);
    if (timeout !== undefined && timeout <= maxDelay) this.#deadlines.enter(pending, timeout);
    return id;
  }

  /** All waits, in no order. */
  values(): IterableIterator<PendingCall> {
    return this.#pending.values();
  }

  /** Ends a wait with its answer. `false` when nobody waits for it any more. */
  settle(id: number, value: unknown): boolean {
    const pending = this.#end(id);
    pending?.resolve(value);
    return pending !== undefined;
  }

  /** Ends a wait with a failure. `false` when nobody waits for it any more. */
  fail(id: number, error: Error): boolean {
    const pending = this.#end(id);
    pending?.reject(error);
    return pending !== undefined;
  }

  /** Ends all waits for a process; for all processes when none is named. Each gets an error of its own. */
  failAll(to: string | undefined, reason: () => Error): void {
    for (const pending of [...this.#pending.values()]) {
      if (to === undefined || pending.to === to) this.fail(pending.id, reason());
    }
  }

  close(reason: () => Error): void {
    this.failAll(undefined, reason);
    this.#deadlines.close();
  }

  #end(id: number): PendingCall | undefined {
    const pending = this.#pending.take(id);
    if (pending?.list) this.#deadlines.leave(pending);
    return pending;
  }
}
