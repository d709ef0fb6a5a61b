import { lstatSync, readdirSync, rmSync } from "node:fs";

import { isProcessAlive } from "@troupe/core";

import { sharedMemoryDirectory } from "../shm-problem.js";
import { ownerOf, pathOf, thisHost } from "./segment-name.js";

let swept = false;

/**
 * Removes the segments of this user whose process no longer runs, and says how many.
 *
 * A process that was killed cannot do it itself. Whoever has such a segment mapped keeps the memory. Segments
 * of another pid namespace, where this process cannot tell who runs, stay.
 */
export function sweepSegments(): number {
  let removed = 0;
  for (const file of sharedMemoryFiles()) {
    const name = `/${file}`;
    const owner = ownerOf(name);
    if (owner?.host !== thisHost() || isProcessAlive(owner)) continue;
    if (removeOwn(pathOf(name))) removed++;
  }
  return removed;
}

/** Sweeps, the first time only. */
export function sweepOnce(): void {
  if (swept) return;
  swept = true;
  sweepSegments();
}

/** Names of all files where shared memory is, without a slash before. */
export function sharedMemoryFiles(): string[] {
  try {
    return readdirSync(sharedMemoryDirectory);
  } catch {
    return [];
  }
}

/** Whether it was there, this user's, and is gone; another process may sweep at the same time. */
function removeOwn(path: string): boolean {
  try {
    if (lstatSync(path).uid !== process.getuid?.()) return false;
    rmSync(path);
    return true;
  } catch {
    return false;
  }
}
