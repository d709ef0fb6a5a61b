// The tasks of the graph that is computed while pools are killed, and an actor in between.
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";

import { context, dist, get, task, TroupeError } from "@troupe/dist";

import { mix, seen, valueOf } from "./digest.mjs";

const forever = { retries: Infinity };

/** A small value of others. */
export const combine = task(
  function combine(seed, ...values) {
    return valueOf(mix(seed, ...values.map(seen)));
  },
  import.meta,
  forever,
);

/** A value of so many numbers. */
export const expand = task(
  function expand(seed, length, value) {
    return valueOf(mix(seed, seen(value)), length);
  },
  import.meta,
  forever,
);

/** A small value, a large one, and another small one. */
export const split = task(
  function split(seed, length, value) {
    const digest = mix(seed, seen(value));
    return [valueOf(mix(digest, 0)), valueOf(mix(digest, 1), length), valueOf(mix(digest, 2))];
  },
  import.meta,
  { ...forever, returns: 3 },
);

/** A tree of tasks below this one, with large values between them. */
export const nested = task(
  async function nested(seed, depth, length, value) {
    const own = mix(seed, seen(value));
    if (depth === 0) return valueOf(own);
    const left = nested.submit(mix(own, 0), depth - 1, length, value);
    const large = expand.submit(mix(own, 1), length, left);
    const right = nested.submit(mix(own, 2), depth - 1, length, large);
    const both = combine.submit(own, left, right);
    try {
      return valueOf(seen(await get(both)));
    } finally {
      for (const ref of [left, large, right, both]) ref.release();
    }
  },
  import.meta,
  forever,
);

/** Gets what it is given a reference to. */
export const unwrap = task(
  async function unwrap(seed, { ref }) {
    try {
      return valueOf(mix(seed, seen(await get(ref))));
    } finally {
      ref.release();
    }
  },
  import.meta,
  forever,
);

/** Fails now and then, and as often ends its process. */
export const flaky = task(
  function flaky(seed, value) {
    const luck = Math.random();
    if (luck < 0.2) throw new TroupeError("ERR_CANCELLED", "Not this time.");
    if (luck < 0.21) process.exit(3);
    return valueOf(mix(seed, seen(value)));
  },
  import.meta,
  { ...forever, retryOn: "ERR_CANCELLED" },
);

/** In a thread of its pool. */
export const crunch = task(
  function crunch(seed, value) {
    return valueOf(mix(seed, seen(value)));
  },
  import.meta,
  { ...forever, isolation: "thread" },
);

/** One value after the other; of every eighth the large form. */
export const items = task(
  async function* items(seed, count, length) {
    for (let at = 0; at < count; at++) {
      if (at % 16 === 15) await setImmediate();
      yield valueOf(mix(seed, at), at % 8 === 7 ? length : 0);
    }
  },
  import.meta,
  forever,
);

/** Does not end before it is cancelled. */
export const waits = task(
  async function waits() {
    const { signal } = context();
    if (!signal.aborted) await once(signal, "abort");
  },
  import.meta,
  forever,
);

/** Does not even hear that it is cancelled. */
export const loops = task(
  function loops() {
    for (;;);
  },
  import.meta,
  forever,
);

/** Gives a reference to what a task of its own comes to. */
export const delegate = task(
  function delegate(seed, length) {
    return { ref: expand.submit(seed, length, valueOf(seed)) };
  },
  import.meta,
  forever,
);

/** Takes part in the graph by calls, whose results are objects as those of tasks are. */
export const Folder = dist(
  class Folder {
    fold(seed, value) {
      return valueOf(mix(seed, seen(value)));
    }

    async expand(seed, length, value) {
      await setImmediate();
      return valueOf(mix(seed, seen(value)), length);
    }
  },
  import.meta,
  {
    restarts: { max: Infinity, backoff: 0 },
    methods: { fold: forever, expand: forever },
  },
);
