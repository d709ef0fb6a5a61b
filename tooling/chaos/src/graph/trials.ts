import { setTimeout } from "node:timers/promises";

import { cancel, type ErrorCode, get, isTroupeError, type ObjectRef } from "@troupe/dist";

import { mix, seen, seenOf, type Value, valueOf } from "../programs/digest.mjs";
import { combine, delegate, items, loops, waits } from "../programs/graph.mjs";

/** Something that is tried beside the graph, of which it is known how it ends. */
export interface Trial {
  readonly name: string;
  /** How many are begun with each graph. */
  readonly times: number;
  /** How it may fail. */
  readonly mayFailWith?: readonly ErrorCode[];
  /** @param random In [0, 1), by the seed. @throws What should not be. */
  run(random: () => number): Promise<void>;
}

/** Milliseconds after which something is cancelled, at most. */
const longest = 500;
/** Milliseconds of a run that is limited. */
const limit = 50;
/** Numbers of a large item. */
const length = 16_384;

export const trials: readonly Trial[] = [
  {
    name: "what is cancelled fails, and what needs it",
    times: 10,
    async run(random) {
      using ref = waits.submit();
      using dependent = combine.submit(0, ref as unknown as ObjectRef<Value>);
      const failures = [codeOf(ref), codeOf(dependent)];
      await setTimeout(random() * longest);
      expectSame("what cancel() says", cancel(ref), true);
      for (const failure of failures)
        expectSame("the end of what was cancelled", await failure, "ERR_CANCELLED");
    },
  },
  {
    name: "what is cancelled at once never runs, unless it was quicker",
    times: 10,
    async run(random) {
      const seed = seedOf(random);
      using ref = combine.submit(seed);
      if (random() < 0.5) await setTimeout(random() * limit);
      if (cancel(ref)) return expectSame("the end of what was cancelled", await codeOf(ref), "ERR_CANCELLED");
      expectSame("a value", seen(await get(ref)), mix(seed));
    },
  },
  {
    name: "what takes too long fails",
    times: 10,
    async run() {
      using ref = waits.with({ timeout: limit }).submit();
      expectSame("the end of what takes too long", await codeOf(ref), "ERR_TIMEOUT");
    },
  },
  {
    name: "a loop is ended with its process",
    times: 1,
    async run(random) {
      using ref = random() < 0.5 ? loops.submit() : loops.with({ isolation: "thread" }).submit();
      const end = codeOf(ref);
      await setTimeout(random() * longest);
      expectSame("what cancel() says", cancel(ref), true);
      expectSame("the end of a loop", await end, "ERR_CANCELLED");
    },
  },
  {
    name: "what runs once gives its value, unless its process died",
    times: 40,
    mayFailWith: ["ERR_ACTOR_DIED"],
    async run(random) {
      const seed = seedOf(random);
      using ref = combine.with({ retries: 0 }).submit(seed);
      expectSame("a value", seen(await get(ref)), mix(seed));
    },
  },
  {
    name: "a stream gives each item once, in order",
    times: 3,
    async run(random) {
      const [seed, count] = [seedOf(random), Math.floor(random() * 200)];
      let at = 0;
      for await (const item of items.submit(seed, count, length)) {
        using ref = item;
        expectSame(`item ${at}`, seen(await get(ref)), seenOf(mix(seed, at), at % 8 === 7 ? length : 0));
        at++;
      }
      expectSame("the number of items", at, count);
    },
  },
  {
    name: "a stream of which no more is wanted ends",
    times: 3,
    async run(random) {
      let left = Math.floor(random() * 100);
      for await (const ref of items.submit(seedOf(random), 100_000, length)) {
        ref.release();
        if (left-- === 0) break;
      }
    },
  },
  {
    name: "a map gives the value of each item, in order",
    times: 1,
    async run(random) {
      const seeds = Array.from({ length: 100 }, () => seedOf(random));
      const answers: number[] = [];
      for await (const value of combine.map(seeds)) answers.push(seen(value));
      expectSame("the values of a map", answers.join(), seeds.map((seed) => mix(seed)).join());
    },
  },
  {
    name: "a reference that a task gives is right, unless the process died that gave it",
    times: 5,
    mayFailWith: ["ERR_OBJECT_LOST"],
    async run(random) {
      const seed = seedOf(random);
      using outer = delegate.submit(seed, length);
      const { ref } = await get(outer);
      using inner = ref;
      expectSame("a value", seen(await get(inner)), seenOf(mix(seed, valueOf(seed).digest), length));
    },
  },
];

/** The code of what it fails with; a word for what it gives. */
async function codeOf(ref: ObjectRef): Promise<string> {
  try {
    await get(ref);
    return "a value";
  } catch (error) {
    return isTroupeError(error) ? error.code : (error as Error).name;
  }
}

function seedOf(random: () => number): number {
  return Math.floor(random() * 2 ** 32);
}

function expectSame(what: string, is: unknown, must: unknown): void {
  if (is !== must) throw new Error(`${what} is ${String(is)}, and must be ${String(must)}`);
}
