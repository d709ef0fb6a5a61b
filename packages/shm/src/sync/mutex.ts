import { TroupeError } from "@troupe/core";

import { requireSharedMemory } from "../shm-problem.js";
import { futexWait, futexWakeOne, longestSleep } from "./futex.js";
import { isThreadAlive, threadMark } from "./thread-mark.js";

/**
 * How a lock was got: `acquired` in order, `abandoned` from a thread that died holding it, so that what the
 * lock protects may be half changed.
 */
export type LockOutcome = "acquired" | "abandoned";

/** The word is 0, or the mark of the thread that has the lock, with this bit when others wait for it. */
const waiters = 1 << 31;

/**
 * A lock in shared memory, between threads of any processes of one pid namespace. It survives the death of
 * whoever holds it: the next one takes it over and is told so.
 *
 * ```ts
 * const mutex = new Mutex(words, 0); // a word of shared memory that begins as 0
 * if (mutex.lock() === "abandoned") repair();
 * try {
 *   change();
 * } finally {
 *   mutex.unlock();
 * }
 * ```
 *
 * It blocks the thread and with it the event loop: hold it for microseconds, never across an `await`. It is
 * not fair, and not reentrant.
 */
export class Mutex {
  readonly #word: Int32Array;

  /**
   * @param words Shared memory.
   * @param index The word that is the lock.
   * @throws ERR_CONFIG when shared memory is not available.
   */
  constructor(words: Int32Array, index = 0) {
    requireSharedMemory();
    this.#word = words.subarray(index, index + 1);
  }

  /**
   * Takes the lock, waiting for whoever has it.
   *
   * @param timeout Milliseconds; without end by default.
   * @throws ERR_TIMEOUT when the time is over, ERR_DEADLOCK when this thread has the lock already.
   */
  lock({ timeout = Infinity }: { readonly timeout?: number } = {}): LockOutcome {
    const word = this.#word;
    const own = threadMark();
    if (Atomics.compareExchange(word, 0, 0, own) === 0) return "acquired";
    const end = performance.now() + timeout;
    let nextLook = performance.now();
    for (;;) {
      const held = Atomics.load(word, 0);
      if (held === 0) {
        // Others may wait, too: whoever had to wait says so, and its unlock() wakes the next.
        if (Atomics.compareExchange(word, 0, 0, own | waiters) === 0) return "acquired";
        continue;
      }
      const owner = held & ~waiters;
      if (owner === own) throw deadlock();
      if (Atomics.compareExchange(word, 0, held, held | waiters) !== held) continue;
      const now = performance.now();
      if (now >= nextLook) {
        nextLook = now + longestSleep;
        if (!isThreadAlive(owner)) {
          if (Atomics.compareExchange(word, 0, held | waiters, own | waiters) === (held | waiters))
            return "abandoned";
          continue;
        }
      }
      if (now >= end) throw timedOut(timeout);
      futexWait(word, held | waiters, Math.min(end, nextLook) - now);
    }
  }

  /** Takes the lock if that needs no waiting; `undefined` when a living thread has it. */
  tryLock(): LockOutcome | undefined {
    const own = threadMark();
    const held = Atomics.compareExchange(this.#word, 0, 0, own);
    if (held === 0) return "acquired";
    if (isThreadAlive(held & ~waiters)) return undefined;
    const taken = Atomics.compareExchange(this.#word, 0, held, own | (held & waiters)) === held;
    return taken ? "abandoned" : undefined;
  }

  /**
   * Gives the lock to whoever is next.
   *
   * @throws ERR_CONFIG when this thread does not have it.
   */
  unlock(): void {
    const word = this.#word;
    if ((Atomics.load(word, 0) & ~waiters) !== threadMark()) {
      throw new TroupeError("ERR_CONFIG", "unlock() was called by a thread that does not have the lock.");
    }
    if ((Atomics.exchange(word, 0, 0) & waiters) !== 0) futexWakeOne(word);
  }
}

function deadlock(): TroupeError {
  return new TroupeError(
    "ERR_DEADLOCK",
    "This thread has the lock already and would wait for itself; unlock() first.",
  );
}

function timedOut(timeout: number): TroupeError {
  return new TroupeError("ERR_TIMEOUT", `The lock was not free within ${timeout} ms.`, {
    details: { timeout },
  });
}
