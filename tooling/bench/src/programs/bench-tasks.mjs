// What tasks and actors do in the cases of objects and tasks.
import { dist, get, put, task, wait } from "@troupe/dist";

import { inFlight } from "./in-flight.mjs";

const MiB = 1024 * 1024;

/** The task of Ray's microbenchmark. */
export const smallValue = task(
  function smallValue() {
    return "ok";
  },
  import.meta,
);

/** Small objects, which nobody keeps. */
export const putSmall = task(
  function putSmall(count) {
    for (let i = 0; i < count; i++) put(0).release();
  },
  import.meta,
);

/** Objects of 80 MiB. */
export const putLarge = task(
  async function putLarge(count) {
    for (let i = 0; i < count; i++) {
      const ref = put(new Float64Array(10 * MiB));
      // The store, which is the driver's, has taken it over then.
      await wait([ref]);
      ref.release();
    }
  },
  import.meta,
);

/** An object that refers to others. */
export const makeRefs = task(
  function makeRefs(count) {
    return Array.from({ length: count }, () => put(1));
  },
  import.meta,
);

export const Client = dist(
  class Client {
    #kept = [];

    /** Submits tasks, and waits for all. */
    async submitAll(n) {
      const refs = [];
      for (let i = 0; i < n; i++) refs.push(smallValue.submit());
      await get(refs);
      for (const ref of refs) ref.release();
    }

    /** Milliseconds of each get of an object that this process did not have yet. What it got is kept until {@link forget}. */
    async getFirst(refs) {
      const times = [];
      for (const ref of refs) {
        const start = performance.now();
        this.#kept.push(await get(ref));
        times.push(performance.now() - start);
      }
      return times;
    }

    /** Seconds of `n` gets of what it got before. */
    async getAgain([ref], n) {
      const value = await get(ref);
      const start = performance.now();
      await inFlight(n, 1, () => get(ref));
      return value && (performance.now() - start) / 1000;
    }

    forget() {
      this.#kept = [];
      globalThis.gc();
    }

    residentMB() {
      return process.memoryUsage.rss() / 1e6;
    }
  },
  import.meta,
);
