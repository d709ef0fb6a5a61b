import { armDeadline, TroupeError, type WaitOptions } from "@troupe/core";

import type { Environment } from "./environment.js";
import { WriteTransaction } from "./write-transaction.js";

/** Most writes of one commit, so that other processes get their turn at the lock. */
const commitLimit = 4096;

/** Most writes that wait for a commit; above it the program makes them faster than the disk takes them. */
const queueLimit = 1_000_000;

type Work<R> = (transaction: WriteTransaction) => R;

interface Write {
  readonly work: Work<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  disarm: (() => void) | undefined;
  /** Nobody waits for it any more. */
  settled: boolean;
  failed: boolean;
  result: unknown;
}

/**
 * Runs all writes of this process on a store, in the order asked for. Those of one turn of the event loop
 * share a commit; each resolves when it is committed, that is, when every process sees it and a kill of
 * this one cannot undo it.
 */
export class WriteQueue {
  #queue: Write[] = [];
  #commits = 0;
  #scheduled = false;
  #whenIdle: (() => void)[] = [];

  /** @param onWatchedCommit Called after a commit that a watcher waits for. */
  constructor(
    private readonly environment: Environment,
    private readonly onWatchedCommit: () => void,
  ) {}

  /**
   * Runs `work` under the store's write lock and gives its result once that is committed. What `work`
   * throws is the caller's; it must throw before it writes.
   *
   * @throws ERR_STORE_FULL when the commit fails or too many writes wait; ERR_TIMEOUT, ERR_CANCELLED.
   */
  run<R>(work: Work<R>, wait?: WaitOptions): Promise<R> {
    if (this.#queue.length >= queueLimit) return Promise.reject(queueFull(this.environment.path));
    return new Promise<R>((resolve, reject) => {
      const write: Write = {
        work,
        resolve: resolve as (result: unknown) => void,
        reject,
        disarm: undefined,
        settled: false,
        failed: false,
        result: undefined,
      };
      this.#queue.push(write);
      if (wait?.timeout !== undefined || wait?.signal !== undefined) this.#arm(write, wait);
      this.#schedule();
    });
  }

  /** Resolves when no write waits or runs. */
  idle(): Promise<void> {
    if (this.#commits === 0 && !this.#scheduled) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #arm(write: Write, wait: WaitOptions): void {
    write.disarm = armDeadline(`write to lmdb:${this.environment.path}`, wait, (error) => {
      if (write.settled) return;
      write.settled = true;
      write.reject(error);
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#commits++;
    let batch: Write[] = [];
    let watched = false;
    const apply = () => {
      batch = this.#take();
      watched = this.#apply(batch);
    };
    void this.environment.root
      .transaction(apply)
      .then(
        () => {
          if (watched) this.onWatchedCommit();
          for (const write of batch) settle(write);
        },
        async (error: unknown) => {
          const failure = await commitFailure(this.environment.path, error);
          // Without its transaction the batch was not even taken.
          if (this.#scheduled && batch.length === 0) batch = this.#take();
          for (const write of batch) fail(write, failure);
        },
      )
      .then(() => this.#done());
  }

  #take(): Write[] {
    this.#scheduled = false;
    const batch = this.#queue.length <= commitLimit ? this.#queue : this.#queue.slice(0, commitLimit);
    this.#queue = batch === this.#queue ? [] : this.#queue.slice(commitLimit);
    if (this.#queue.length > 0) this.#schedule();
    return batch;
  }

  #apply(batch: readonly Write[]): boolean {
    const transaction = new WriteTransaction(this.environment);
    for (const write of batch) {
      if (write.settled) continue;
      try {
        write.result = write.work(transaction);
      } catch (error) {
        write.failed = true;
        write.result = error;
      }
    }
    return transaction.finish();
  }

  #done(): void {
    this.#commits--;
    if (this.#commits > 0 || this.#scheduled) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

function settle(write: Write): void {
  write.disarm?.();
  if (write.settled) return;
  write.settled = true;
  if (write.failed) write.reject(write.result);
  else write.resolve(write.result);
}

function fail(write: Write, error: Error): void {
  write.failed = true;
  write.result = error;
  settle(write);
}

function queueFull(path: string): TroupeError {
  return new TroupeError(
    "ERR_STORE_FULL",
    `${queueLimit} writes to lmdb:${path} wait for their commit; await some before making more.`,
    { details: { limit: queueLimit } },
  );
}

/** lmdb-js says in a second promise why a commit failed. */
async function commitFailure(path: string, error: unknown): Promise<TroupeError> {
  const { commitError } = error as { commitError?: Promise<never> };
  const cause: unknown =
    commitError === undefined ? error : await commitError.catch((reason: unknown) => reason);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TroupeError(
    "ERR_STORE_FULL",
    `The store lmdb:${path} could not commit: ${reason}. Make room on the disk or check its permissions, then try again.`,
    { cause, details: { path } },
  );
}
