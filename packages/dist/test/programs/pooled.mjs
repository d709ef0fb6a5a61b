// The actors of a pool: the tests import this module, and so do their pools.
import { context, dist } from "@troupe/dist";

export const Worker = dist(
  class Worker {
    #held = new Map();
    running = 0;
    most = 0;
    seen = [];
    cancelled = [];

    constructor(factor = 2) {
      if (factor === 0) throw new RangeError("no factor");
      this.factor = factor;
    }

    times(n) {
      this.seen.push(n);
      return n * this.factor;
    }

    where() {
      return process.pid;
    }

    odd(n) {
      if (n % 2 === 0) throw new RangeError(`${n} is even`);
      return n;
    }

    /** Lasts until it is let go, or given up. */
    hold(n) {
      const { signal } = context();
      this.most = Math.max(this.most, ++this.running);
      return new Promise((resolve) => {
        const over = () => {
          this.running--;
          this.#held.delete(n);
          resolve(n);
        };
        this.#held.set(n, over);
        signal.addEventListener("abort", () => {
          this.cancelled.push(n);
          over();
        });
      });
    }

    holding() {
      return [...this.#held.keys()];
    }

    release(n) {
      this.#held.get(n)?.();
    }

    /** Ends the process with that item, the first time that this is tried. */
    endWith(n, bad) {
      if (n === bad) process.kill(process.pid, "SIGKILL");
      return n;
    }
  },
  import.meta,
  { concurrency: "unbounded" },
);
