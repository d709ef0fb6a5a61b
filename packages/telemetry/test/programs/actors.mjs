// The actors of these tests: the tests import this module, and so do their pools.
import { context, dist, put, task } from "@troupe/dist";

export const Counter = dist(
  class Counter {
    count = 0;

    add(n) {
      return (this.count += n);
    }

    threw() {
      throw new RangeError("out of range");
    }

    /** Once the given time is over. */
    later(milliseconds) {
      return new Promise((resolve) => setTimeout(resolve, milliseconds, "later"));
    }

    stuck() {
      return new Promise(() => {});
    }

    pid() {
      return process.pid;
    }
  },
  import.meta,
);

export const Keeper = dist(
  class Keeper {
    keep(bytes) {
      this.ref = put(new Uint8Array(bytes));
    }
  },
  import.meta,
);

export const double = task(
  function double(n) {
    return n * 2;
  },
  import.meta,
);

export const fails = task(
  function fails() {
    throw new Error("as it should");
  },
  import.meta,
);

/** Until it is cancelled. */
export const waits = task(
  function waits() {
    const { signal } = context();
    return new Promise((resolve) => signal.addEventListener("abort", resolve));
  },
  import.meta,
);
