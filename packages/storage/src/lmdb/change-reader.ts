import { type FSWatcher, utimes, watch, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type ChangeFeed, missedChanges } from "../change-feed.js";
import { logKey, type Position, readChanges, renewWatch, watchLease } from "./change-log.js";
import type { Environment } from "./environment.js";
import type { WriteQueue } from "./write-queue.js";

/** How often the log is read in case that no signal came, in milliseconds. */
const pollInterval = 1000;

/**
 * Brings the changes of every process to the feeds of this one.
 *
 * A writer touches a file after each commit that was logged, and the kernel wakes whoever watches that
 * file; should a signal be lost, since its writer was killed between commit and touch or the file system
 * gives none, the log is read once a second.
 */
export class ChangeReader {
  readonly #feeds = new Map<ChangeFeed, Position | undefined>();
  readonly #signalPath: string;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #renewAt = 0;
  /** Where to read on; `undefined` before the first feed's place is known. */
  #next: Buffer | undefined;
  #reading = false;
  #signalling = false;
  #signalAgain = false;

  constructor(
    private readonly environment: Environment,
    private readonly queue: () => WriteQueue,
  ) {
    this.#signalPath = join(environment.path, "changes.signal");
  }

  /** Whether there are feeds. */
  get active(): boolean {
    return this.#feeds.size > 0;
  }

  /** Feeds it what changes after this call. */
  async add(feed: ChangeFeed): Promise<void> {
    this.#feeds.set(feed, undefined);
    feed.onEnd(() => this.#remove(feed));
    this.#start();
    await this.queue().run((transaction) => {
      if (!this.#feeds.has(feed)) return; // it ended meanwhile
      renewWatch(this.environment, transaction.now);
      const position = transaction.watchFromHere();
      this.#feeds.set(feed, position);
      this.#next ??= logKey({ ...position, offset: 0 });
    });
    this.read();
  }

  /** Tells every process that watches that the log has grown. */
  signal(): void {
    this.read();
    if (this.#signalling) {
      this.#signalAgain = true;
      return;
    }
    this.#signalling = true;
    const now = new Date();
    // Without the file nobody was there yet to watch it, or the poll will do.
    utimes(this.#signalPath, now, now, () => {
      this.#signalling = false;
      if (!this.#signalAgain) return;
      this.#signalAgain = false;
      this.signal();
    });
  }

  /** Gives the feeds what the log has for them, soon. */
  read(): void {
    if (this.#reading || this.#next === undefined) return;
    this.#reading = true;
    // One reading for many signals that come at once.
    setImmediate(() => {
      this.#reading = false;
      if (this.#next !== undefined) this.#readPage(this.#next);
    });
  }

  #readPage(from: Buffer): void {
    const page = readChanges(this.environment, from);
    if (page.missed) this.#fail("it lagged behind the log that the store keeps");
    for (const { position, key, id } of page.changes) {
      for (const [feed, start] of this.#feeds) {
        if (start !== undefined && !isBefore(position, start)) feed.push(key, id);
      }
    }
    if (this.#next === undefined || page.changes.length === 0) return;
    this.#next = page.next;
    this.read();
  }

  #start(): void {
    if (this.#timer !== undefined) return;
    this.#renewAt = Date.now() + watchLease / 3;
    this.#timer = setInterval(() => this.#tick(), pollInterval);
    try {
      writeFileSync(this.#signalPath, "", { flag: "a" });
      this.#watcher = watch(this.#signalPath, () => this.read());
      // The poll goes on without it.
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch {
      // No signals here: the poll alone brings the changes.
    }
  }

  #tick(): void {
    this.read();
    if (Date.now() < this.#renewAt) return;
    this.#renewAt = Date.now() + watchLease / 3;
    const renewed = this.queue().run((transaction) => renewWatch(this.environment, transaction.now));
    renewed.then(
      (unbroken) => {
        if (!unbroken) this.#fail(`this process was paused for more than ${watchLease} ms`);
      },
      (error: unknown) => this.#fail("its lease could not be renewed", error),
    );
  }

  #fail(why: string, cause?: unknown): void {
    for (const feed of [...this.#feeds.keys()]) feed.end(missedChanges(why, cause));
  }

  #remove(feed: ChangeFeed): void {
    this.#feeds.delete(feed);
    if (this.#feeds.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#next = undefined;
  }
}

function isBefore(a: Position, b: Position): boolean {
  return a.transaction < b.transaction || (a.transaction === b.transaction && a.offset < b.offset);
}
