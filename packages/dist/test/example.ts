import { dist, init, main } from "@troupe/dist";

// An ordinary class. Pools import this module as well, and find it there.
const Counter = dist(
  class Counter {
    count = 0;
    add(n: number) {
      return (this.count += n);
    }
    async *climb(steps: number) {
      for (let step = 0; step < steps; step++) yield this.add(1);
    }
  },
  import.meta,
);

// What the program alone does, and no pool.
await main(async () => {
  await using cluster = await init({ pools: 2 }); // processes of this machine
  const counter = await Counter.create(); // Remote<Counter>: it lives in one of them
  console.log(await counter.add(2)); // a call: 2
  console.log(await counter.count); // a property: 2
  for await (const count of counter.climb(3)) console.log(count); // a stream: 3, 4, 5
  for (const { path, calls } of await cluster.actors()) console.log(path, calls); // counter-0 3
});
