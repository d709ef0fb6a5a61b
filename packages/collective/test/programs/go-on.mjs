// A member that does the operations of a seed until one fails, and says why: go-on.mjs <name> <rank> <size> <seed>
import { isMainThread, workerData } from "node:worker_threads";

import { collective } from "@troupe/collective";

import { difference, doStep, expected, random, stepOf } from "./plan.mjs";

const [name, ...numbers] = isMainThread ? process.argv.slice(2) : workerData;
const [rank, size, seed] = numbers.map(Number);
const group = await collective({ name, rank, size, slotBytes: 4096, timeout: 60_000 });
console.log("joined");
const next = random(seed);
for (;;) {
  const step = stepOf(next, size, 3000);
  let result;
  try {
    result = await doStep(group, step);
  } catch (error) {
    console.log(error.code, error.details?.member);
    break;
  }
  const problem = difference(result, expected(step, rank));
  if (problem !== undefined) throw new Error(problem);
}
group.close();
