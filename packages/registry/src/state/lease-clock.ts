/** Milliseconds between looks at the leases, at most. */
const longestNap = 250;
/** Milliseconds that a timer may be late before it means that this process stood still. */
const tolerance = 100;

/**
 * The time by which leases run, in milliseconds: it stands still while this process does.
 *
 * A process that serves others may be paused, or busy with a long computation. The heartbeats that came
 * meanwhile wait in its sockets, and no member may lose its place because nobody read them. So time passes
 * only as far as this process was there to listen, and leases are looked at after the sockets were.
 */
export class LeaseClock {
  #time = 0;
  #seenAt = performance.now();
  #nap = longestNap;
  #timer: NodeJS.Timeout | undefined;
  #frozen = 0;

  /** @param look Looks at the leases; gives the milliseconds until the next one ends, `undefined` for none. */
  constructor(private readonly look: () => number | undefined) {}

  now(): number {
    const real = performance.now();
    if (this.#frozen === 0) this.#time += Math.min(real - this.#seenAt, this.#nap + tolerance);
    this.#seenAt = real;
    return this.#time;
  }

  /** Sees to it that the next look is in time for a lease of `ttl` from now. */
  wake(ttl: number): void {
    if (this.#timer && ttl >= this.#nap) return;
    clearTimeout(this.#timer);
    this.#sleep(ttl);
  }

  /** Stops time. */
  freeze(): void {
    this.now();
    this.#frozen++;
  }

  /** Lets time go on, from where it stood. */
  thaw(): void {
    this.now();
    this.#frozen--;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sleep(wanted: number): void {
    this.now();
    this.#nap = Math.min(Math.max(wanted, 1), longestNap);
    const timer = setTimeout(() => {
      // Timers come before sockets in a turn of the event loop: what waited there must be heard first.
      setImmediate(() => {
        if (this.#timer !== timer) return;
        this.now();
        const next = this.look();
        if (next === undefined) this.stop();
        else this.#sleep(next);
      });
    }, this.#nap).unref();
    this.#timer = timer;
  }
}
