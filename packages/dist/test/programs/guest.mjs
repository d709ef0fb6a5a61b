// guest.mjs <what>: a program of a cluster that stands already, at TROUPE_ADDRESS.
import { setTimeout } from "node:timers/promises";

import { actorOf, context, dist, get, init, main, put, task } from "@troupe/dist";

export const sum = task(
  function sum(array) {
    return array.reduce((a, b) => a + b, 0);
  },
  import.meta,
);

export const fill = task(
  function fill(length, value) {
    return new Float64Array(length).fill(value);
  },
  import.meta,
);

/** The first number of what a reference within an argument refers to, asked for by another task. */
export const firstOf = task(
  async function firstOf({ ref }, hops) {
    if (hops > 0) return get(firstOf.submit({ ref }, hops - 1));
    return [await get(ref)].flat()[0];
  },
  import.meta,
);

export const slow = task(
  function slow() {
    return setTimeout(60_000, undefined, { signal: context().signal });
  },
  import.meta,
);

export const Counter = dist(
  class Counter {
    count = 0;
    add(n) {
      return (this.count += n);
    }
    async keep(n) {
      await context().storage.put("kept", n);
    }
  },
  import.meta,
);

const things = {
  async all() {
    const cluster = await init();
    const hosts = cluster.hosts().map(({ name }) => name);
    console.log("hosts", ...hosts);
    console.log("sum", await get(sum.submit(put(new Float64Array(100_000).fill(0.5)))));
    for (const host of hosts) {
      const filled = fill.with({ scheduling: { host } }).submit(100_000, 2);
      console.log("at", host, (await get(filled)).length, await get(sum.submit(filled)));
    }
    let total = 0;
    for await (const one of sum.map(Array.from({ length: 50 }, () => [1, 2]))) total += one;
    console.log("map", total);
    const counter = await Counter.create();
    console.log("count", await counter.add(2), actorOf(counter).path);
    await counter.keep(5);
    console.log("methods", (await cluster.methods()).length > 0);
  },
  async early() {
    const small = put([5]);
    const large = put(Array(100_000).fill(7));
    const numbers = put(new Float64Array(100_000).fill(0.5));
    const view = await get(numbers);
    await init();
    const later = put(new Float64Array(100_000).fill(2));
    console.log("here", (await get(small))[0], (await get(large))[9], (await get(numbers))[9], view[9]);
    console.log("there", await get([numbers, later].map((ref) => sum.submit(ref))));
    const lent = [small, large].flatMap((ref) => [firstOf.submit({ ref }, 0), firstOf.submit({ ref }, 1)]);
    console.log("lent", await get(lent));
    for (const ref of [small, large, numbers, later]) ref.release();
  },
  async killed() {
    await init();
    await Counter.create();
    await Counter.with({ detached: true, name: "stays" }).create();
    for (let count = 0; count < 4; count++) slow.submit();
    put(new Float64Array(100_000));
    console.log("ready");
    await new Promise(() => setInterval(() => {}, 1_000));
  },
};

main(() => things[process.argv[2]]());
