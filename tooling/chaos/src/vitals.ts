import { readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { objects as store } from "@troupe/objects";

import { descendantsOf } from "../../../packages/testkit/src/harness/process-table.js";
import { heldData } from "./held-data.js";
import { segmentsOf } from "./segments.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** What the driver holds when nothing is under way. */
export interface Vitals {
  /** Objects in the heap. */
  readonly objects: number;
  /** Kilobytes in the heap of these and what they hold, without what V8 keeps to run the program. */
  readonly data: number;
  /** Megabytes of the whole heap. */
  readonly heap: number;
  /** Megabytes of buffers outside of the heap. */
  readonly buffers: number;
  /** Megabytes that are resident. */
  readonly resident: number;
  /** Open file descriptors. */
  readonly descriptors: number;
  /** What keeps the event loop going: handles and requests of Node's. */
  readonly resources: number;
  /** Segments of shared memory that the driver or one of its pools, living or dead, has made. */
  readonly segments: number;
  /** Sockets and other entries of the runtime directory. */
  readonly entries: number;
  /** Processes below the driver. */
  readonly processes: number;
}

/** How much more there may be at the end: by a factor, by so many, and by so many for each kill and freeze between. */
type Bound = readonly [factor: number, more: number, each: number];

/**
 * No call may leave anything, and a kill no more than is known. The heap as a whole is no measure of that: what V8
 * compiles and learns of the program grows by a megabyte or two in ten minutes, and is bounded for its own sake.
 *
 * A kill leaves two objects, and 300 bytes with their places in tables: its event in `Chaos`, and the sender in the
 * proxy, which remembers those of the last 8,192 incarnations of its peers (`maxSenders`); and a pid in `Victims`. A
 * freeze leaves its event. So an object more a kill, or eight bytes more a call in the tens of thousands of calls of ten
 * minutes, is too much. The 64 kB and 150 of the objects beyond are what two moments differ by: timers, a socket that is
 * being closed. The other 850 are the built-ins of the context in which the store collects garbage, once it has to.
 *
 * Buffers may differ by the two rings of 1 MiB of a link that is just being opened or given up; what the store holds
 * of the counters has its full size before the first look, after a warm-up that fills their reply caches.
 */
const bounds: Readonly<Record<keyof Vitals, Bound>> = {
  objects: [1, 1000, 2],
  data: [1, 64, 0.32],
  heap: [1.1, 4, 0],
  buffers: [1, 2.5, 0],
  resident: [1.2, 32, 0],
  descriptors: [1, 6, 0],
  resources: [1, 6, 0],
  segments: [1, 2, 0],
  entries: [1, 2, 0],
  processes: [1, 1, 0],
};

/**
 * Looks after a garbage collection.
 *
 * @param pids Of the driver's pools, those that have ended too.
 */
export async function takeVitals(runtimeDirectory: string, pids: ReadonlySet<number>): Promise<Vitals> {
  await collectGarbage();
  // What the store keeps free for what is to come is no more than it is allowed to have.
  if (store.stats().store) store.hostStore.trim();
  const { objects, bytes } = await heldData();
  await collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    objects,
    data: bytes / 1e3,
    heap: heapUsed / 1e6,
    buffers: external / 1e6,
    resident: rss / 1e6,
    // Without the one that lists them.
    descriptors: readdirSync("/proc/self/fd").length - 1,
    resources: process.getActiveResourcesInfo().length,
    segments: segmentsOf(pids).length,
    entries: readdirSync(runtimeDirectory, { recursive: true }).length,
    processes: descendantsOf(process.pid).length,
  };
}

/**
 * What is not level between two looks, in words.
 *
 * @param deeds Kills and freezes between them.
 */
export function growth(before: Vitals, after: Vitals, deeds: number): string[] {
  return (Object.keys(bounds) as (keyof Vitals)[]).flatMap((name) => {
    const [factor, more, each] = bounds[name];
    const most = before[name] * factor + more + each * deeds;
    if (after[name] <= most) return [];
    return `${name} grew from ${round(before[name])} to ${round(after[name])}, more than to ${round(most)}`;
  });
}

/** Twice and more: what a collected object lets go of (by a `FinalizationRegistry`, say) goes in a turn of its own. */
export async function collectGarbage(): Promise<void> {
  for (let time = 0; time < 3; time++) {
    gc();
    await setImmediate();
  }
}

function round(figure: number): number {
  return Math.round(figure * 10) / 10;
}
