import { statfsSync } from "node:fs";
import { totalmem } from "node:os";

import { TroupeError } from "@troupe/core";
import { shmProblem } from "@troupe/shm";

/**
 * Bytes of shared memory that a store takes at most when nobody says: 30% of what this process may use of the
 * machine's memory, and no more than 80% of what `/dev/shm` has free.
 *
 * @throws ERR_CONFIG when shared memory is not available.
 */
export function defaultCapacity(): number {
  requireSharedMemory();
  const { bavail, bsize } = statfsSync("/dev/shm");
  return Math.floor(Math.min(0.3 * memory(), 0.8 * bavail * bsize));
}

/** What the machine has, or the control group allows: 0 or a number without meaning where it does not. */
function memory(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}

/** @throws ERR_CONFIG when shared memory is not available. */
export function requireSharedMemory(): void {
  const problem = shmProblem();
  if (problem !== undefined) throw new TroupeError("ERR_CONFIG", problem);
}
