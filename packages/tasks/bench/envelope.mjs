// pnpm envelope: how much of each thing there may be, and what it takes. One pool a core; times from the first submit.
import { objects } from "@troupe/objects";
import { startTasks } from "@troupe/tasks";

import { add, numbers, sum } from "./functions.mjs";

const MiB = 2 ** 20;
const count = (value) => value.toLocaleString("en");

const cluster = await startTasks();
await objects.get(add.submit(1, 2));

await report(`${count(10_000)} arguments that are refs`, async () => {
  const refs = Array.from({ length: 10_000 }, (_, index) => objects.put(index));
  return () => objects.get(sum.submit(...refs));
});
await report(`${count(3_000)} results of one task`, async () => {
  const refs = numbers.with({ returns: 3_000 }).submit(3_000);
  return () => objects.get(refs);
});
await report(`${count(10_000)} refs in one get`, async () => {
  const refs = Array.from({ length: 10_000 }, (_, index) => objects.put({ index }));
  return () => objects.get(refs);
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
