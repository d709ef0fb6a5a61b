import { TroupeError } from "@troupe/core";
import { setThreadAffinity, threadAffinity } from "@troupe/shm";

import { numbersOf, type PoolOptions } from "./pool-options.js";

/**
 * Checks that the cores which the options name are there.
 *
 * @throws ERR_CONFIG
 */
export function checkBinding({ cores }: PoolOptions): void {
  const bound = numbersOf(cores);
  if (!bound) return;
  if (process.platform !== "linux")
    throw new TroupeError(
      "ERR_CONFIG",
      `A pool can be bound to cores on Linux only, not on ${process.platform}.`,
    );
  const there = threadAffinity();
  const missing = bound.filter((core) => !there.includes(core));
  if (missing.length === 0) return;
  throw new TroupeError(
    "ERR_CONFIG",
    `A pool cannot be bound to ${missing.join(", ")}: this process may run on the cores ${there.join(", ")}.`,
    { details: { option: "cores", missing, there } },
  );
}

/** Starts something bound to the cores that the options name: a new process runs where the thread may that starts it. */
export function startBound<T>({ cores }: PoolOptions, start: () => T): T {
  const bound = numbersOf(cores);
  if (!bound) return start();
  const before = threadAffinity();
  setThreadAffinity(bound);
  try {
    return start();
  } finally {
    setThreadAffinity(before);
  }
}
