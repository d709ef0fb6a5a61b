import { requireSharedMemory } from "../shm-problem.js";
import { futexWait, futexWakeAll, longestSleep } from "./futex.js";

/** States of the word. */
const unset = 0;
const set = 1;
const awaited = 2;

/**
 * A flag in shared memory that threads of any process wait for.
 *
 * ```ts
 * const ready = new Event(words, 0); // a word of shared memory that begins as 0
 * ready.wait(1000); // in a worker: true once somebody called set()
 * ```
 */
export class Event {
  readonly #word: Int32Array;

  /**
   * @param words Shared memory.
   * @param index The word that is the flag.
   * @throws ERR_CONFIG when shared memory is not available.
   */
  constructor(words: Int32Array, index = 0) {
    requireSharedMemory();
    this.#word = words.subarray(index, index + 1);
  }

  get isSet(): boolean {
    return Atomics.load(this.#word, 0) === set;
  }

  /** Lets all who wait, and all who come until {@link reset}, go on. */
  set(): void {
    if (Atomics.exchange(this.#word, 0, set) === awaited) futexWakeAll(this.#word);
  }

  /** From now on {@link wait} waits. */
  reset(): void {
    Atomics.compareExchange(this.#word, 0, set, unset);
  }

  /**
   * Blocks this thread until the flag is set, and says whether it was; false when the time was over before.
   * A flag that is reset at once may be missed. Not for a thread whose event loop others need.
   *
   * @param timeout Milliseconds; without end by default.
   */
  wait(timeout = Infinity): boolean {
    const end = performance.now() + timeout;
    for (;;) {
      if (this.isSet) return true;
      const left = end - performance.now();
      if (!(left > 0)) return false;
      Atomics.compareExchange(this.#word, 0, unset, awaited);
      futexWait(this.#word, awaited, Math.min(left, longestSleep));
    }
  }
}
