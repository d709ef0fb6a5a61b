// Actors in TypeScript, in pools that are threads.
import { actorOf, dist, init, main } from "@troupe/dist";

const Adder = dist(
  class Adder {
    add(a: number, b: number): number {
      return a + b;
    }
  },
  import.meta,
);

await main(async () => {
  await using cluster = await init({ pools: [{ isolation: "thread" }] });
  const adder = await Adder.create();
  console.log(await adder.add(1, 2), actorOf(adder).pid === process.pid, cluster.pools().length);
});
