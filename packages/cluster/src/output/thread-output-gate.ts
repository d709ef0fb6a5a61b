/** Characters that a thread may have written and nobody taken, before it waits. */
const window = 1_048_576;

/**
 * Holds a thread back that writes faster than is read: it has no pipe that could be full. One end counts
 * what was taken, the other what was written.
 */
export class ThreadOutputGate {
  readonly shared: SharedArrayBuffer;
  /** What was taken, modulo 2³². */
  readonly #taken: Int32Array;
  #written = 0;
  #untold = 0;
  #flowing = true;

  constructor(shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#taken = new Int32Array(shared);
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
      const taken = Atomics.load(this.#taken, 0);
      if (((this.#written - taken) | 0) <= window) return;
      Atomics.wait(this.#taken, 0, taken);
    }
  }

  #tell(): void {
    Atomics.add(this.#taken, 0, this.#untold);
    this.#untold = 0;
    Atomics.notify(this.#taken, 0);
  }
}
