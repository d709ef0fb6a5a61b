// tasks.mjs <what>: a program that submits tasks without init(), which its pools import as well.
import { cancel, context, get, main, put, task, wait } from "@troupe/dist";

export const add = task(
  function add(a, b) {
    return a + b;
  },
  import.meta,
  { cpu: 1, retries: 3 },
);

export const pause = task(function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, "paused"));
});

export const untilAborted = task(async function untilAborted() {
  const { signal } = context();
  console.log("waiting");
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
});

export const fibonacci = task(async function fibonacci(n) {
  if (n < 2) return n;
  const [a, b] = await get([fibonacci.submit(n - 1), fibonacci.submit(n - 2)]);
  return a + b;
});

export const inThread = task(
  function inThread(n) {
    return n * 2;
  },
  { isolation: "thread" },
);

const things = {
  async graph() {
    const ref = add.submit(add.submit(1, 2), put(3));
    const { ready, pending } = await wait([ref], { count: 1, timeout: 20_000 });
    console.log(await get(ref), ready.length, pending.length, cancel(ref));
  },
  async nested() {
    console.log(await get(fibonacci.submit(8)), await get(inThread.submit(21)));
  },
  async late() {
    console.log(await get(pause.submit(700)));
  },
  forgotten() {
    pause.submit(60_000);
  },
  async interrupted() {
    await get(untilAborted.submit());
  },
};

await main(async () => {
  await things[process.argv[2]]();
  console.log("over");
});
