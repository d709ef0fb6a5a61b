import { get, init, main, put, task } from "@troupe/dist";

/** An ordinary function. Pools import this module as well, and find it there by its name. */
export const scale = task(
  function scale(values: Float64Array, by: number) {
    return values.map((value) => value * by);
  },
  import.meta,
);

await main(async () => {
  await using cluster = await init({ pools: 2 });
  const values = put(new Float64Array(1_000_000).fill(1)); // once, into shared memory
  const doubled = scale.submit(values, 2); // ObjectRef, at once; the pool reads `values` in place
  const tripled = scale.submit(doubled, 3); // runs when that is there, and never passes through here
  console.log((await get(tripled))[0], cluster.pools().length); // 6 2
});
