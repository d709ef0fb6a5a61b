import { actorOf, dist, init, main } from "@troupe/dist";

/** An ordinary class. Pools import this module as well, and find it there by its name. */
const Counter = dist(
  class Counter {
    count = 0;

    add(n: number): number {
      return (this.count += n);
    }

    async *climb(steps: number): AsyncGenerator<number> {
      for (let step = 0; step < steps; step++) yield this.add(1);
    }
  },
  import.meta,
);

// What only the program itself does, and no pool.
await main(async () => {
  await using cluster = await init({ pools: 2 });
  const counter = await Counter.create(); // Remote<Counter>: it lives in another process
  console.log(await counter.add(2)); // a call: 2
  console.log(await counter.count); // a property: 2
  for await (const count of counter.climb(3)) console.log(count); // a stream: 3, 4, 5
  console.log(`${actorOf(counter).path} is in one of ${cluster.pools().length} pools`); // counter-0
});
