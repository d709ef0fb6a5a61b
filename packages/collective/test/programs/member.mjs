// A member that does the operations of a seed and checks each: member.mjs <name> <rank> <size> <seed> <steps> <slotBytes>
// <threads>. With threads it is not one itself, but starts so many of them, with the ranks from its own on.
import { isMainThread, Worker, workerData } from "node:worker_threads";

import { collective } from "@troupe/collective";

import { describeStep, difference, doStep, expected, random, stepOf } from "./plan.mjs";

const [name, ...numbers] = isMainThread ? process.argv.slice(2) : workerData;
const [rank, size, seed, steps, slotBytes, threads = 0] = numbers.map(Number);

if (threads > 0) {
  for (let i = 0; i < threads; i++)
    new Worker(new URL(import.meta.url), { workerData: [name, rank + i, size, seed, steps, slotBytes] });
} else {
  const group = await collective({ name, rank, size, slotBytes, timeout: 60_000 });
  console.log("joined");
  const next = random(seed);
  for (let i = 0; i < steps; i++) {
    const step = stepOf(next, size, 3000);
    const problem = difference(await doStep(group, step), expected(step, rank));
    if (problem !== undefined)
      throw new Error(`Member ${rank}, step ${i}, ${describeStep(step)}: ${problem}`);
  }
  group.close();
  console.log("right");
}
