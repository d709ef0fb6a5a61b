import { accessSync, constants } from "node:fs";

import { TroupeError } from "@troupe/core";

import { knownProcessor, libc } from "./libc.js";

/** Where Linux keeps POSIX shared memory: a file system in memory. */
export const sharedMemoryDirectory = "/dev/shm";

let known: { readonly problem: string | undefined } | undefined;

/**
 * Why shared memory cannot be used by this process, in a sentence, or `undefined` when it can.
 *
 * Found out by the first call, which loads the native binding, and kept.
 */
export function shmProblem(): string | undefined {
  return (known ??= { problem: findProblem() }).problem;
}

/** @throws ERR_CONFIG when shared memory cannot be used here. */
export function requireSharedMemory(): void {
  const problem = shmProblem();
  if (problem !== undefined) throw new TroupeError("ERR_CONFIG", problem);
}

function findProblem(): string | undefined {
  if (process.env["TROUPE_SHM"] === "0") {
    return "Shared memory is switched off by TROUPE_SHM=0; unset it to use shared memory.";
  }
  if (process.platform !== "linux" || !knownProcessor) {
    return `Shared memory needs Linux on x64 or arm64; this is ${process.platform} on ${process.arch}.`;
  }
  try {
    accessSync(sharedMemoryDirectory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return `Shared memory needs ${sharedMemoryDirectory}, which this process may not write to; mount a tmpfs there.`;
  }
  try {
    libc();
  } catch (error) {
    return `Shared memory needs koffi's native binding, which does not load (${(error as Error).message}); reinstall it for this platform.`;
  }
  return undefined;
}
