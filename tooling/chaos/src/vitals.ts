import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { descendantsOf } from "../../../packages/testkit/src/harness/process-table.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** What the driver holds when nothing is under way. */
export interface Vitals {
  /** Megabytes of the heap after all garbage is gone. */
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

/** How much each may have grown at the end: by a factor, and by so many more. */
const bounds: Readonly<Record<keyof Vitals, readonly [factor: number, more: number]>> = {
  heap: [1.1, 4],
  buffers: [1.1, 4],
  resident: [1.2, 32],
  descriptors: [1, 6],
  resources: [1, 6],
  segments: [1, 2],
  entries: [1, 2],
  processes: [1, 1],
};

/**
 * Looks after a garbage collection.
 *
 * @param pids Of the driver's pools, those that have ended too.
 */
export function takeVitals(runtimeDirectory: string, pids: ReadonlySet<number>): Vitals {
  gc();
  gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    heap: heapUsed / 1e6,
    buffers: external / 1e6,
    resident: rss / 1e6,
    // Without the one that lists them.
    descriptors: readdirSync("/proc/self/fd").length - 1,
    resources: process.getActiveResourcesInfo().length,
    segments: readdirSync("/dev/shm").filter((name) => isOf(name, pids)).length,
    entries: readdirSync(runtimeDirectory, { recursive: true }).length,
    processes: descendantsOf(process.pid).length,
  };
}

/** What is not level between two looks, in words. */
export function growth(before: Vitals, after: Vitals): string[] {
  return (Object.keys(bounds) as (keyof Vitals)[]).flatMap((name) => {
    const [factor, more] = bounds[name];
    const most = before[name] * factor + more;
    if (after[name] <= most) return [];
    return `${name} grew from ${round(before[name])} to ${round(after[name])}, more than to ${round(most)}`;
  });
}

/** Whether a segment was made by one of these: `troupe.<label>.<host>.<pid>.<start time>.<n>`. */
function isOf(name: string, pids: ReadonlySet<number>): boolean {
  const pid = Number(/^troupe\..*\.(\d+)\.\d+\.\d+$/.exec(name)?.[1]);
  return pid === process.pid || pids.has(pid);
}

function round(figure: number): number {
  return Math.round(figure * 10) / 10;
}
