// The actors of the bench.
import { context, dist } from "@troupe/dist";

import { inFlight, takeTurns } from "./in-flight.mjs";

/** Bytes of this process's heap that are in use, when all garbage is gone. */
export function heapBytes() {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

export const Counter = dist(
  class Counter {
    count = 0;

    add(n) {
      return (this.count += n);
    }

    take(bytes) {
      return bytes.byteLength;
    }

    residentMB() {
      return process.memoryUsage.rss() / 1e6;
    }

    heapBytes() {
      return heapBytes();
    }
  },
  import.meta,
);

export const Caller = dist(
  class Caller {
    #neighbour;

    /** Seconds of `n` calls, one at a time, to an actor of the same pool. */
    async callNeighbour(n) {
      const neighbour = (this.#neighbour ??= await Counter.with({ pool: context().pool }).create());
      const start = performance.now();
      for (let i = 0; i < n; i++) await neighbour.add(1);
      return (performance.now() - start) / 1000;
    }

    async callAll(counters, n, width) {
      await inFlight(
        n,
        width,
        takeTurns(counters, (counter) => counter.add(1)),
      );
    }
  },
  import.meta,
);
