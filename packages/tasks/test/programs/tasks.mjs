// The tasks of these tests. Pools import this module, and so do the tests.
import { appendFileSync, existsSync, readFileSync } from "node:fs";

import { context, defineActor } from "@troupe/actors";
import { objects } from "@troupe/objects";
import { cancel, defineTask } from "@troupe/tasks";

const module = import.meta.url;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const task = (fn, options) => defineTask(fn, { module, options });

export class Refused extends Error {}

export const add = task(function add(a, b) {
  return a + b;
});

export const addLater = task(async function addLater(a, b) {
  await pause(1);
  return a + b;
});

export const echo = task(function echo(...args) {
  return args;
});

export const sumUp = task(function sumUp(...numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
});

export const nothing = task(function nothing() {});

export const pid = task(function pid() {
  return process.pid;
});

export const devices = task(function devices() {
  return process.env.CUDA_VISIBLE_DEVICES;
});

/** Takes so long, in the main thread. */
export const busy = task(function busy(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  return process.pid;
});

/** Notes that it began, and waits until it is cancelled. */
export const untilAborted = task(async function untilAborted(file) {
  const { signal } = context();
  note(file, `began ${process.pid}`);
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  note(file, `aborted ${signal.reason.code}`);
});

export const forEver = task(function forEver(file) {
  note(file, `began ${process.pid}`);
  for (;;);
});

export const noteDown = task(function noteDown(file, text) {
  note(file, text);
  return text;
});

export const fail = task(function fail(message = "no") {
  throw Object.assign(new RangeError(message, { cause: new TypeError("inner") }), { field: [1] });
});

export const failLater = task(async function failLater() {
  await pause(1);
  throw new Error("later");
});

export const throwText = task(function throwText() {
  throw "a text";
});

/** Fails until it has begun so many times. */
export const failUntil = task(function failUntil(file, times, code = "ERR_REFUSED") {
  const begun = note(file, "tried");
  if (begun < times) throw Object.assign(new Error("not yet"), { code });
  return begun;
});

/** Ends its process until it has begun so many times. */
export const exitUntil = task(function exitUntil(file, times, code = 3) {
  const begun = note(file, "tried");
  if (begun >= times) return begun;
  if (code === "SIGKILL") process.kill(process.pid, "SIGKILL");
  console.error("these are the last words");
  process.exit(code);
});

export const outOfMemory = task(function outOfMemory() {
  const all = [];
  for (;;) all.push(new Array(10_000).fill(Math.random()));
});

export const large = task(function large(length, value = 1) {
  return new Float64Array(length).fill(value);
});

export const total = task(function total(array) {
  return array.reduce((sum, value) => sum + value, 0);
});

export const several = task(
  function several(count) {
    return Array.from({ length: count }, (_, index) => index * index);
  },
  { returns: 3 },
);

export const upTo = task(function* upTo(count) {
  for (let index = 0; index < count; index++) yield index;
});

export const upToLater = task(async function* upToLater(count, file) {
  try {
    for (let index = 0; index < count; index++) {
      await pause(0);
      if (file) note(file, `item ${index}`);
      yield index;
    }
  } finally {
    if (file) note(file, "ended");
  }
});

export const failAt = task(function* failAt(count) {
  for (let index = 0; index < count; index++) yield index;
  throw new RangeError("no more");
});

/** Submits a tree of tasks, and waits for them. */
export const fibonacci = task(async function fibonacci(n) {
  if (n < 2) return n;
  const [a, b] = await objects.get([fibonacci.submit(n - 1), fibonacci.submit(n - 2)]);
  return a + b;
});

/** Gives the ref of a task of its own, within a structure. */
export const delegate = task(function delegate(a, b) {
  return { ref: add.submit(a, b) };
});

export const passOn = task(function passOn(ref) {
  return add.submit(ref, 1);
});

export const unwrap = task(async function unwrap({ ref }) {
  return objects.get(ref);
});

export const cancelInner = task(async function cancelInner(file) {
  const ref = untilAborted.submit(file);
  while (lines(file).length === 0) await pause(1);
  const was = cancel(ref);
  return objects.get(ref).catch(({ code }) => [was, code]);
});

/** Submits a loop to another pool. */
export const loopInner = task(async function loopInner(file) {
  const ref = forEver.with({ timeout: 100 }).submit(file);
  // A core that waits is lent: it would loop here.
  while (lines(file).length === 0) await pause(1);
  return objects.get(ref).catch(({ code }) => code);
});

export const inThread = task(
  function inThread(a, b) {
    return [a + b, process.pid];
  },
  { isolation: "thread" },
);

export const loopInThread = task(
  function loopInThread() {
    for (;;);
  },
  { isolation: "thread" },
);

export const exitInThread = task(
  function exitInThread() {
    process.exit(7);
  },
  { isolation: "thread" },
);

export const failInThread = task(
  function failInThread() {
    throw new RangeError("in a thread");
  },
  { isolation: "thread" },
);

export const submitInThread = task(
  function submitInThread() {
    add.submit(1, 2);
  },
  { isolation: "thread" },
);

export const notSerializable = task(function notSerializable() {
  return { inner: () => 1 };
});

/** Says where it is, for those who want to know how much runs side by side. */
export const hold = task(async function hold(file, milliseconds) {
  note(file, "in");
  await pause(milliseconds);
  note(file, "out");
});

/** Notes the text, and gives it once there is a file of that name beside the notes, whoever has lost interest. */
export const keepUntil = task(async function keepUntil(file, text) {
  note(file, text);
  while (!existsSync(`${file}.${text}`)) await pause(1);
  return text;
});

/** Submits a task for each text, and waits for what they give. */
export class Asker {
  ask(file, texts) {
    return objects.get(texts.map((text) => keepUntil.submit(file, text)));
  }
}
defineActor(Asker, { module });

/** Heeds no signal: gives a large array, when there is a file of that name beside the notes. */
export const deaf = task(async function deaf(file, name) {
  note(file, "began");
  while (!existsSync(`${file}.${name}`)) await pause(1);
  note(file, "ended");
  return new Float64Array(10_000);
});

/** Gives one item, and never another. */
export const stuckStream = task(async function* stuckStream() {
  yield 1;
  await new Promise(() => {});
});

/** A large array, when there is a file of that name beside the notes. */
export const largeWhen = task(async function largeWhen(file, name) {
  note(file, "large");
  while (!existsSync(`${file}.${name}`)) await pause(1);
  return new Float64Array(10_000).fill(1);
});

export const countArguments = task(function countArguments(file, ...args) {
  note(file, `${args.length} arguments`);
  return args.length;
});

/** Two arrays that are large. */
export const twoLarge = task(
  function twoLarge(file) {
    note(file, "two");
    return [new Float64Array(10_000).fill(1), new Float64Array(10_000).fill(2)];
  },
  { returns: 2 },
);

/** Loops for ever, or not at all. */
export const loopIf = task(function loopIf(condition) {
  while (condition);
});

/** Made only where it is called: a pool has none. */
export function makeClosure(value) {
  return task(function closure() {
    return value;
  });
}

/** Exported under this name, and no task. */
export function plain(a) {
  return a * 2;
}

/** @returns How often that was noted so far. */
function note(file, text) {
  appendFileSync(file, `${text}\n`);
  return lines(file).filter((line) => line === text).length;
}

function lines(file) {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean);
  } catch {
    return [];
  }
}

/** Adds, one sum at a time. */
export class Ledger {
  add(a, b) {
    return a + b;
  }

  noteDown(file, text) {
    note(file, text);
    return text;
  }

  /** Gives what is large all the same when it is given up. */
  async untilAborted(file) {
    const { signal } = context();
    note(file, "began");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    note(file, `aborted ${signal.reason.code}`);
    return new Float64Array(1_000_000);
  }
}
defineActor(Ledger, { module });

/** Cancels what another process has called. */
export const cancelGiven = task(function cancelGiven({ ref }) {
  return cancel(ref);
});

/** What an actor adds. */
export const addAt = task(function addAt(ledger, a, b) {
  return ledger.add(a, b);
});

/** Has an actor add what it is given a reference to, and then something else; gives both. */
export const addBoth = task(function addBoth(file, ledger, { ref }, other) {
  const sums = Promise.all([ledger.add.send(ref, 1), ledger.add(other, 1)]);
  note(file, "asked");
  return sums;
});
