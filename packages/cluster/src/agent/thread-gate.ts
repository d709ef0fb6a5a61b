/** Characters that a thread may have written and nobody taken, before it waits. */
const window = 1_048_576;
/** Words of the shared memory: characters that were taken, modulo 2³²; whether the thread is to leave; whether it has. */
const words = { taken: 0, leave: 1, left: 2 } as const;

/**
 * What a thread and the one that started it tell each other through shared memory, where messages would come
 * too late: how much of its output was taken, as it has no pipe that could be full, and that it leaves.
 */
export class ThreadGate {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  #written = 0;
  #untold = 0;
  #flowing = true;

  constructor(shared = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  /** The reader took so many characters. */
  taken(count: number): void {
    this.#untold += count;
    if (this.#flowing) this.#tell();
  }

  /** Whether the reader goes on. */
  flow(flowing: boolean): void {
    this.#flowing = flowing;
    if (flowing) this.#tell();
  }

  /** The writer wrote so many characters, and waits until there is room for more. Blocks its thread. */
  written(count: number): void {
    this.#written = (this.#written + count) | 0;
    for (;;) {
      const taken = Atomics.load(this.#words, words.taken);
      if (((this.#written - taken) | 0) <= window || Atomics.load(this.#words, words.leave) === 1) return;
      Atomics.wait(this.#words, words.taken, taken);
    }
  }

  /** The thread is to leave: it does not wait for its output to be taken any more. */
  leave(): void {
    Atomics.store(this.#words, words.leave, 1);
    this.#tell();
  }

  /** The thread holds nothing any more that its end could harm. */
  left(): void {
    Atomics.store(this.#words, words.left, 1);
    Atomics.notify(this.#words, words.left);
  }

  /** Waits until the thread {@link left}, `timeout` ms at most. Blocks this thread. */
  waitUntilLeft(timeout: number): void {
    Atomics.wait(this.#words, words.left, 0, timeout);
  }

  #tell(): void {
    Atomics.add(this.#words, words.taken, this.#untold);
    this.#untold = 0;
    Atomics.notify(this.#words, words.taken);
  }
}
