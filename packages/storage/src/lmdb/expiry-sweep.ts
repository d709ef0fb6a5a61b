import type { Environment } from "./environment.js";
import type { WriteQueue } from "./write-queue.js";

/** Keys removed in one go. */
const sweepLimit = 1000;

/** Milliseconds between two sweeps at least, to gather what expires. */
const shortestPause = 100;

/** Milliseconds after which to look for times that other processes have set: while nobody waits for changes, and while somebody does. */
const longestPause = 30_000;
const watchingPause = 1000;

/** Removes keys after their time. Until it comes to them they are hidden from every read. */
export class ExpirySweep {
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;
  #stopped = false;

  /** @param isWatching Whether this process waits for changes. */
  constructor(
    private readonly environment: Environment,
    private readonly queue: WriteQueue,
    private readonly isWatching: () => boolean,
  ) {
    this.expect(0);
  }

  /** Sees to it that a sweep comes soon after this moment. */
  expect(expiresAt: number): void {
    const dueAt = Math.max(expiresAt, Date.now() + shortestPause);
    if (this.#stopped || dueAt >= this.#dueAt) return;
    this.#dueAt = dueAt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#sweep(), Math.min(dueAt - Date.now(), this.#pause())).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #sweep(): Promise<void> {
    this.#dueAt = Infinity;
    // Readers that were killed would keep old pages from being used again.
    this.environment.root.readerCheck();
    let next: number | undefined;
    try {
      if (this.#isDue()) next = await this.queue.run((transaction) => transaction.sweep(sweepLimit));
    } catch {
      // A full disk: the keys stay hidden, and the next sweep tries again.
    }
    this.expect(Math.min(next ?? this.#firstExpiry(), Date.now() + this.#pause()));
  }

  #pause(): number {
    return this.isWatching() ? watchingPause : longestPause;
  }

  /** Looked up without the write lock, which an idle store should not take. */
  #isDue(): boolean {
    return this.#firstExpiry() <= Date.now();
  }

  #firstExpiry(): number {
    if (this.#stopped) return Infinity;
    for (const key of this.environment.expiries.getKeys({ limit: 1 })) return Buffer.from(key).readDoubleBE();
    return Infinity;
  }
}
