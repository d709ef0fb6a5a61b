// A cluster that others join, without a program of its own. Ends by SIGTERM.
import { get, init, put } from "@troupe/dist";

const cluster = await init({ pools: 2, listen: "tcp://127.0.0.1:*" });
// Its keys in the store of this host are those of a guest's first ones in its own.
const own = put(new Float64Array(100_000).fill(3));
console.log(`at ${cluster.address}`);
process.once("SIGTERM", async () => {
  const numbers = await get(own);
  console.log(
    "own",
    numbers.every((number) => number === 3),
  );
  await cluster.close();
});
