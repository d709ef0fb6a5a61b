import { armDeadline, deferred, type Deferred, TroupeError } from "@troupe/core";

import type { StorageChange, VersionId } from "./driver.js";

/** Most keys with a change that the watcher has not taken yet. */
const pendingLimit = 100_000;

/**
 * The changes that one watcher has not taken yet, one a key: a later change of a key replaces the one
 * before, so a slow watcher sees the latest and the feed stays small.
 */
export class ChangeFeed implements AsyncIterator<StorageChange, undefined> {
  readonly #pending = new Map<string, VersionId | undefined>();
  readonly #takers: Deferred<IteratorResult<StorageChange, undefined>>[] = [];
  readonly #onEnd: (() => void)[] = [];
  #ended = false;
  #error: Error | undefined;

  /**
   * @param prefix Changes of other keys are not its concern.
   * @param signal Ends the feed quietly.
   */
  constructor(
    readonly prefix: string,
    signal?: AbortSignal,
  ) {
    if (signal !== undefined) this.#onEnd.push(armDeadline("watch", { signal }, () => this.end()));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Calls back once, when the feed ends for whatever reason; at once if it has. */
  onEnd(callback: () => void): void {
    if (this.#ended) callback();
    else this.#onEnd.push(callback);
  }

  /** Adds a change, if it is of a key that the watcher wants. */
  push(key: string, id: VersionId | undefined): void {
    if (this.#ended || !key.startsWith(this.prefix)) return;
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker.resolve({ done: false, value: { key, id } });
      return;
    }
    // Taken out first, so that the map's order is that of the latest changes.
    this.#pending.delete(key);
    this.#pending.set(key, id);
    if (this.#pending.size > pendingLimit) this.end(missedChanges("more keys changed than it has taken"));
  }

  /** Ends the feed; with an error, the watcher gets it after the changes that are pending. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    if (error === undefined) this.#pending.clear();
    for (const callback of this.#onEnd.splice(0)) callback();
    for (const taker of this.#takers.splice(0)) {
      const failure = this.#takeError();
      if (failure === undefined) taker.resolve({ done: true, value: undefined });
      else taker.reject(failure);
    }
  }

  next(): Promise<IteratorResult<StorageChange, undefined>> {
    for (const [key, id] of this.#pending) {
      this.#pending.delete(key);
      return Promise.resolve({ done: false, value: { key, id } });
    }
    if (this.#ended) {
      const failure = this.#takeError();
      return failure === undefined
        ? Promise.resolve({ done: true, value: undefined })
        : Promise.reject(failure);
    }
    const taker = deferred<IteratorResult<StorageChange, undefined>>();
    this.#takers.push(taker);
    return taker.promise;
  }

  return(): Promise<IteratorResult<StorageChange, undefined>> {
    this.end();
    this.#error = undefined;
    this.#pending.clear();
    return Promise.resolve({ done: true, value: undefined });
  }

  #takeError(): Error | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }
}

/** The error that ends a watch which can no longer promise to have seen every change. */
export function missedChanges(why: string, cause?: unknown): TroupeError {
  return new TroupeError(
    "ERR_MAILBOX_FULL",
    `The watch may have missed changes: ${why}. Watch again, then read the keys that matter.`,
    cause === undefined ? {} : { cause },
  );
}
