import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

import { libc } from "../libc.js";
import { requireSharedMemory } from "../shm-problem.js";
import { freshName, ownerOf, pathOf } from "./segment-name.js";

/** What posix_fallocate(3) gives when a signal came, when the limit of a file's size is passed, and when there is no room. */
const interrupted = 4;
const noRoom = [12, 27, 28];

/**
 * An empty file of a fresh name, open; the caller closes it.
 *
 * @throws ERR_CONFIG when the label is none or no file can be made, ERR_STORE_FULL when there is no room for one.
 */
export function createFile(label: string): { name: string; file: number } {
  // Another thread of this process counts its own names, so one may be taken.
  for (;;) {
    const name = freshName(label);
    try {
      const file = openSync(pathOf(name), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
      return { name, file };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") continue;
      if (code === "ENOSPC") throw full(0, error);
      throw new TroupeError(
        "ERR_CONFIG",
        `No segment of shared memory can be made: ${(error as Error).message}.`,
        {
          cause: error,
        },
      );
    }
  }
}

/**
 * The file behind a name that a peer may have sent, checked; the caller closes it.
 *
 * @throws ERR_PROTOCOL when the text is no segment's name, ERR_UNAUTHORIZED when it is another user's,
 * ERR_CLOSED when it is gone, ERR_CONFIG when shared memory is not available.
 */
export function openFile(name: string): { file: number; byteLength: number } {
  requireSharedMemory();
  if (ownerOf(name) === undefined) {
    throw new TroupeError("ERR_PROTOCOL", `${inspect(name).slice(0, 100)} is no name of a segment.`);
  }
  const file = openByName(name);
  try {
    const stat = fstatSync(file);
    if (stat.uid !== process.getuid?.()) throw foreign(name);
    // A maker that is killed between making and reserving leaves an empty one.
    if (!stat.isFile() || stat.size === 0) throw gone(name);
    return { file, byteLength: stat.size };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function openByName(name: string): number {
  try {
    return openSync(pathOf(name), constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "EACCES" || code === "EPERM" || code === "ELOOP" ? foreign(name) : gone(name, error);
  }
}

/**
 * Takes all of its memory now.
 *
 * @throws ERR_STORE_FULL when there is no room.
 */
export function reserve(file: number, byteLength: number): void {
  let problem: number;
  do problem = libc().posixFallocate(file, 0, byteLength);
  while (problem === interrupted);
  if (problem === 0) return;
  if (noRoom.includes(problem)) throw full(byteLength);
  throw new TroupeError(
    "ERR_CONFIG",
    `${byteLength} bytes of shared memory cannot be reserved (error number ${problem}).`,
  );
}

function full(byteLength: number, cause?: unknown): TroupeError {
  return new TroupeError(
    "ERR_STORE_FULL",
    `There is no room for ${byteLength} bytes of shared memory; enlarge /dev/shm (a container: --shm-size) or use less.`,
    { details: { byteLength }, ...(cause === undefined ? {} : { cause }) },
  );
}

function foreign(name: string): TroupeError {
  return new TroupeError("ERR_UNAUTHORIZED", `The segment ${name} belongs to another user.`, {
    details: { name },
  });
}

/** ERR_CLOSED, for a segment whose name is not there. */
export function gone(name: string, cause?: unknown): TroupeError {
  return new TroupeError("ERR_CLOSED", `The segment ${name} is gone: its owner unlinked it, or died.`, {
    details: { name },
    ...(cause === undefined ? {} : { cause }),
  });
}
