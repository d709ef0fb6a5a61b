// Troupe's side of the cases of objects and tasks: a driver with its pools. Argument: how many pools.
import { setImmediate as nextTurn } from "node:timers/promises";

import { alloc, get, init, main, put, wait } from "@troupe/dist";

import { Client, makeRefs, putLarge, putSmall, smallValue } from "./bench-tasks.mjs";
import { inFlight } from "./in-flight.mjs";
import { serveCases } from "./serve-cases.mjs";

const MiB = 1024 * 1024;
/** Tasks of a batch; small objects between two turns of the event loop, in which what was collected is given back. */
const width = 1000;
/** Large objects, of which each is used once. */
const few = 8;

main(async () => {
  const pools = Array.from({ length: Number(process.argv[2]) }, () => ({ execArgv: process.execArgv }));
  const cluster = await init({ pools, log: false });
  const client = await Client.create();
  const small = put(0);
  let clients, large, refs, array;

  await serveCases({
    async getSmall(n) {
      for (let i = 0; i < n; i++) await get(small);
    },

    async putSmall(n) {
      for (let i = 1; i <= n; i++) {
        put(0);
        if (i % width === 0) await nextTurn();
      }
    },

    /** Ten tasks at a time, each of which puts a hundred. */
    multiPutSmall: (n) => inFlight(n / 100, 10, () => get(putSmall.submit(100))),

    async putGigabytes(n) {
      array ??= new Float64Array(100 * MiB).fill(1);
      for (let i = 0; i < n; i++) put(array).release();
    },

    /** Ten tasks at a time, each of which puts ten. */
    multiPutGigabytes: (n) => inFlight(n / 10, 10, () => get(putLarge.submit(10))),

    /** Milliseconds that one takes, of arrays in shared memory, which are made beforehand. */
    async putAllocated() {
      const times = [];
      for (let i = 0; i < few; i++) {
        const array = alloc("float64", 100 * MiB);
        const start = performance.now();
        put(array).release();
        times.push(performance.now() - start);
        await collect();
      }
      return mean(times);
    },

    /** Milliseconds that one takes by a pool, of objects that it did not have before. */
    async getLargeFirst() {
      const block = new Uint8Array(64 * MiB).fill(7);
      const made = Array.from({ length: few }, () => put(block));
      const times = await client.getFirst(made);
      await client.forget();
      for (const ref of made) ref.release();
      return mean(times);
    },

    /** By a pool that has it. */
    async getLargeAgain(n) {
      large ??= put(new Uint8Array(64 * MiB).fill(7));
      return client.getAgain([large], n);
    },

    async getRefs(n) {
      refs ??= makeRefs.submit(10_000);
      await inFlight(n, 1, () => get(refs));
    },

    tasksSync: (n) => inFlight(n, 1, () => get(smallValue.submit())),

    /** One get for all that are in flight. */
    async tasksAsync(n) {
      for (let done = 0; done < n; done += width) await get(submit(Math.min(width, n - done)));
    },

    /** A thousand tasks, and all their values, are one. */
    tasksBatch: (n) => inFlight(n, 1, () => get(submit(width))),

    async multiTasksAsync(n) {
      clients ??= await Promise.all(Array.from({ length: 4 }, () => Client.create()));
      await Promise.all(clients.map((one) => one.submitAll(Math.ceil(n / clients.length))));
    },

    /** A thousand tasks, waited for until one more is done, a thousand times, are one. */
    async wait(n) {
      for (let i = 0; i < n; i++) {
        let pending = submit(width);
        while (pending.length > 0) ({ pending } = await wait(pending));
      }
    },

    memory: () => client.residentMB(),
  });
  await cluster.close();
});

function submit(count) {
  return Array.from({ length: count }, () => smallValue.submit());
}

function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** What was forgotten is collected, and given back. */
async function collect() {
  globalThis.gc();
  await nextTurn();
}
