// npm run envelope: how much of each thing there may be, and what it takes: the work of Ray's release test of one node
// (release/benchmarks/single_node), and a graph. One pool a core; times from the first submit, or put, to the last value.
import { deepStrictEqual } from "node:assert/strict";

import { objects } from "@troupe/objects";
import { startTasks } from "@troupe/tasks";

import { add, lists, sumAll } from "./functions.mjs";

const MiB = 2 ** 20;
/** Numbers in a list, or in an array. */
const length = 10_000;
const numbers = Array.from({ length }, (_, index) => index);
const count = (value) => value.toLocaleString("en");

const cluster = await startTasks();
await objects.get(add.submit(1, 2));

await report(`${count(10_000)} arguments, each a list of ${count(length)} numbers`, async () => {
  const list = Array.from({ length }, () => 1);
  const total = sumAll.submit(...Array.from({ length: 10_000 }, () => objects.put(list)));
  return async () => deepStrictEqual(await objects.get(total), 10_000 * length);
});
await report(`${count(3_000)} results of one task, each such a list`, async () => {
  const refs = lists.with({ returns: 3_000 }).submit(3_000, length);
  return async () => {
    for (const ref of refs) deepStrictEqual(await objects.get(ref), numbers);
  };
});
await report(`${count(10_000)} refs of such lists in one get`, async () => {
  const refs = Array.from({ length: 10_000 }, () => objects.put(numbers));
  return async () => {
    for (const list of await objects.get(refs)) deepStrictEqual(list, numbers);
  };
});
await report(`${count(10_000)} refs of arrays of ${count(length)} doubles in one get`, async () => {
  const array = Float64Array.from(numbers);
  const refs = Array.from({ length: 10_000 }, () => objects.put(array));
  return async () => {
    for (const one of await objects.get(refs)) deepStrictEqual(one, array);
  };
});
await report(`${count(100_000)} tasks in a graph`, async () => {
  let level = Array.from({ length: 50_000 }, (_, index) => add.submit(index, 0));
  while (level.length > 1)
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, at) =>
      add.submit(level[2 * at], level[2 * at + 1] ?? 0),
    );
  return () => objects.get(level[0]);
});
await report(`${count(1_000_000)} tasks queued`, async () => {
  const refs = Array.from({ length: 1_000_000 }, (_, index) => add.submit(index, 1));
  return () => objects.get(refs);
});

await cluster.close();

/** Does something, and says what it took until it was submitted, and until it was done. */
async function report(name, submit) {
  const { heapUsed } = process.memoryUsage();
  const began = performance.now();
  const finish = await submit();
  const submitted = performance.now();
  const after = process.memoryUsage();
  await finish();
  const seconds = (from, to) => `${((to - from) / 1000).toFixed(2)} s`;
  const heap = `${Math.max(0, (after.heapUsed - heapUsed) / MiB).toFixed(0)} MiB of heap`;
  const resident = `${(process.memoryUsage().rss / MiB).toFixed(0)} MiB resident`;
  console.log(
    `${name}: ${seconds(began, submitted)} to submit with ${heap}, ${seconds(began, performance.now())} in all, ${resident}`,
  );
}
