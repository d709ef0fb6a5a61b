import { performance } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

import type { LoopDelay, LoopWatch } from "./loop-watch.js";

/** What a process of a cluster, or a thread that is a pool, takes. */
export interface ProcessStats {
  /** Milliseconds since its event loop began. */
  readonly uptime: number;
  /** Of these, milliseconds in which the loop had something to do. */
  readonly busy: number;
  /** Milliseconds of processor time, in the kernel included. Absent for a thread: it is that of its process. */
  readonly cpu?: number | undefined;
  /** Bytes of memory that are not swapped out, what is shared with others included. Absent for a thread, too. */
  readonly resident?: number | undefined;
  /** Bytes of the heap that values take, and that it has. */
  readonly heapUsed: number;
  readonly heapTotal: number;
  /**
   * How late the event loop was since somebody asked last, for a minute at most. Absent when nobody had, as it is not
   * watched for nobody.
   */
  readonly delay?: LoopDelay | undefined;
}

/** The system request by which a process says what it takes. */
export const processStatsOp = "process-stats";

/** What this process, or thread, takes. */
export function processStats(loop: LoopWatch): ProcessStats {
  const { active, idle } = performance.eventLoopUtilization();
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const delay = loop.read();
  return {
    uptime: active + idle,
    busy: active,
    ...(isMainThread ? { cpu: (user + system) / 1_000, resident: rss } : {}),
    heapUsed,
    heapTotal,
    ...(delay ? { delay } : {}),
  };
}
