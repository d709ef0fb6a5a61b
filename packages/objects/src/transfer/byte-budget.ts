import { armDeadline, type Deferred, deferred, Fifo } from "@troupe/core";

interface Waiter {
  readonly bytes: number;
  readonly granted: Deferred<void>;
  gaveUp: boolean;
}

/** Bounds how many bytes are under way at once: who wants more than is left waits, first come first served. */
export class ByteBudget {
  readonly #waiting = new Fifo<Waiter>();
  #taken = 0;

  constructor(readonly limit: number) {}

  /** Bytes that are taken now. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes `bytes`, to be given back. More than the limit is granted when nothing else is taken.
   *
   * @throws ERR_CANCELLED; then nothing was taken.
   */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting.size === 0 && this.#fits(bytes)) {
      this.#taken += bytes;
      return;
    }
    const waiter: Waiter = { bytes, granted: deferred(), gaveUp: false };
    this.#waiting.push(waiter);
    const disarm = armDeadline("room for a chunk", { signal }, (error) => {
      waiter.gaveUp = true;
      waiter.granted.reject(error);
      // The others may fit where this one did not.
      this.#grant();
    });
    await waiter.granted.promise.finally(disarm);
  }

  give(bytes: number): void {
    this.#taken -= bytes;
    this.#grant();
  }

  #fits(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.limit;
  }

  #grant(): void {
    for (let next = this.#waiting.peek(); next; next = this.#waiting.peek()) {
      if (!next.gaveUp) {
        if (!this.#fits(next.bytes)) return;
        this.#taken += next.bytes;
        next.granted.resolve();
      }
      this.#waiting.shift();
    }
  }
}
