import { TroupeError } from "@troupe/core";
import { isThreadAlive, Mutex, threadMark } from "@troupe/shm";

import { releaseAreasOf } from "./areas.js";
import { bury } from "./burial.js";
import type { Memory } from "./memory.js";
import { repair } from "./repair.js";

/** Places of a head in its counters. The first has its two words: who owns it, and a count of what it began and ended. */
export const Count = {
  inserted: 1,
  sampled: 2,
  removed: 3,
  dropped: 4,
  skipped: 5,
  waited: 6,
  /** The greatest priority that it gave a row. */
  priority: 7,
} as const;

export type CountName = keyof typeof Count;

/** Milliseconds between two looks for dead heads. */
const censusInterval = 100;
/** Milliseconds that whoever asks for a head waits for another who does. */
const patience = 5000;

/**
 * Who writes and reads: each head belongs to one thread, by its mark, and comes free when that thread has died.
 * What a head counts only it writes.
 */
export class Heads {
  readonly #memory: Memory;
  readonly #mutex: Mutex;
  /** Those that were claimed here. */
  readonly #claimed = new Set<Head>();
  #nextCensus = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#mutex = new Mutex(memory.control.mutex);
  }

  /**
   * A free head for this thread.
   *
   * @throws ERR_NO_RESOURCES when all have owners that live.
   */
  claim(role: "writers" | "readers"): Head {
    const { writers, readers } = this.#memory.definition;
    const [from, to] = role === "writers" ? [0, writers] : [writers, writers + readers];
    this.#mutex.lock({ timeout: patience });
    try {
      const words = this.#memory.headWords;
      // Whoever comes may be there for one who died.
      this.#buryDead();
      const head = range(from, to).find((head) => words[32 * head] === 0);
      if (head === undefined) {
        throw new TroupeError(
          "ERR_NO_RESOURCES",
          `All ${to - from} ${role} of the replay buffer are in use; close() one, or make the buffer with more \`${role}\`.`,
          { details: { [role]: to - from } },
        );
      }
      Atomics.store(words, 32 * head, threadMark());
      const claimed = new Head(this.#memory, head, () => this.#claimed.delete(claimed));
      this.#claimed.add(claimed);
      repair(this.#memory, claimed);
      return claimed;
    } finally {
      this.#mutex.unlock();
    }
  }

  /**
   * Looks for heads whose threads have died, and undoes what they were in the middle of. At most every 100 ms,
   * and not while another does.
   *
   * @param head Of this thread, at rest.
   */
  census(head: Head): void {
    const now = performance.now();
    if (now < this.#nextCensus) return;
    this.#nextCensus = now + censusInterval;
    if (this.#dead().length === 0 && Atomics.load(this.#memory.control.suspect, 0) === 0) return;
    if (this.#mutex.tryLock() === undefined) return;
    try {
      this.#buryDead();
      repair(this.#memory, head);
    } finally {
      this.#mutex.unlock();
    }
  }

  /** Gives back all that were claimed here. */
  release(): void {
    for (const head of this.#claimed) head.release();
  }

  #buryDead(): void {
    for (const head of this.#dead()) bury(this.#memory, head);
  }

  #dead(): number[] {
    const { headWords, definition } = this.#memory;
    return range(0, definition.writers + definition.readers).filter((head) => {
      const owner = Atomics.load(headWords, 32 * head);
      return owner !== 0 && owner !== threadMark() && !isThreadAlive(owner);
    });
  }
}

/** A head that this thread has. */
export class Head {
  readonly #memory: Memory;
  readonly #words: Int32Array;
  readonly #counts: Float64Array;
  readonly #onRelease: () => void;
  #isReleased = false;

  constructor(
    memory: Memory,
    readonly index: number,
    onRelease: () => void,
  ) {
    this.#memory = memory;
    this.#onRelease = onRelease;
    this.#words = memory.headWords.subarray(32 * index, 32 * index + 2);
    this.#counts = memory.headCounts.subarray(16 * index, 16 * index + 16);
  }

  /** From here to {@link end} it changes rows and counts that belong together: if it dies, they are looked after. */
  begin(): void {
    Atomics.store(this.#words, 1, this.#words[1]! | 1);
  }

  end(): void {
    Atomics.store(this.#words, 1, (this.#words[1]! + 1) | 0);
  }

  add(name: CountName, by: number): void {
    this.#counts[Count[name]]! += by;
  }

  /** Remembers the greatest priority that was given. */
  raise(priority: number): void {
    if (priority > this.#counts[Count.priority]!) this.#counts[Count.priority] = priority;
  }

  /** @throws ERR_CLOSED */
  checkOpen(): void {
    if (!this.#isReleased) return;
    throw new TroupeError("ERR_CLOSED", "This head of a replay buffer was closed; make another.");
  }

  /** Gives it back, and the areas that it holds. Idempotent. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    releaseAreasOf(this.#memory, this.index);
    Atomics.store(this.#words, 0, 0);
    this.#onRelease();
  }
}

/** The greatest priority that any head gave, 1 at first. */
export function greatestPriority({ headCounts, definition }: Memory): number {
  let greatest = 0;
  for (let head = 0; head < definition.writers + definition.readers; head++)
    greatest = Math.max(greatest, headCounts[16 * head + Count.priority]!);
  return greatest === 0 ? 1 : greatest;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
