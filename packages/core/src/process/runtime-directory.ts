import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { threadId } from "node:worker_threads";

import { TroupeError } from "../errors/troupe-error.js";
import { isProcessAlive, processIdentity } from "./identity.js";
import { makeDirectory } from "./make-directory.js";
import { removeSocket } from "./remove-socket.js";

/** A socket's path must fit `sun_path` (108 bytes with its end on Linux). */
const maxSocketPath = 107;

/**
 * The directory for this user's sockets: mode 0700, made when missing.
 *
 * `TROUPE_RUNTIME_DIR` when set, else `troupe` under `XDG_RUNTIME_DIR`, else `troupe-<uid>` under the
 * system's temporary directory.
 *
 * @throws ERR_CONFIG when the directory belongs to another user, is no directory, or cannot be made.
 */
export function runtimeDirectory(): string {
  const path = configuredDirectory();
  try {
    makeDirectory(path);
  } catch (error) {
    throw unusable(path, error);
  }
  const stat = lstatSync(path);
  const uid = userId();
  if (!stat.isDirectory() || (uid >= 0 && stat.uid !== uid)) throw unusable(path);
  if ((stat.mode & 0o077) !== 0) chmodSync(path, 0o700);
  return path;
}

/**
 * A fresh path for a socket that this process will own, as `<label>.<pid>.<start time>.<n>.sock`.
 *
 * The name says whose it is, so that {@link sweepRuntimeDirectory} can clean up after a crash.
 */
export function ownedSocketPath(label: string): string {
  const { pid, startTime } = processIdentity();
  const path = join(runtimeDirectory(), `${label}.${pid}.${startTime}.${nextSocket++}.sock`);
  if (Buffer.byteLength(path) > maxSocketPath) {
    throw new TroupeError(
      "ERR_CONFIG",
      `The socket path ${path} is longer than ${maxSocketPath} bytes; set TROUPE_RUNTIME_DIR to a shorter directory.`,
      { details: { path, limit: maxSocketPath } },
    );
  }
  return path;
}

/** Removes the sockets of processes that no longer run, and says how many. Sockets of living ones stay. */
export function sweepRuntimeDirectory(directory: string = runtimeDirectory()): number {
  let removed = 0;
  for (const name of readdirSync(directory)) {
    const match = /\.(\d+)\.(\d+)\.\d+\.sock$/.exec(name);
    if (!match || isProcessAlive({ pid: Number(match[1]), startTime: Number(match[2]) })) continue;
    removeSocket(join(directory, name));
    removed++;
  }
  return removed;
}

/** Each thread of a process counts from a number of its own, as they share pid and start time. */
let nextSocket = threadId * 2 ** 20;

function configuredDirectory(): string {
  const { TROUPE_RUNTIME_DIR, XDG_RUNTIME_DIR } = process.env;
  if (TROUPE_RUNTIME_DIR) return TROUPE_RUNTIME_DIR;
  if (XDG_RUNTIME_DIR) return join(XDG_RUNTIME_DIR, "troupe");
  return join(tmpdir(), `troupe-${userId()}`);
}

/** Unlike `os.userInfo()` it works for a user without a name, as in many containers; -1 where there are no ids. */
function userId(): number {
  return process.getuid?.() ?? -1;
}

function unusable(path: string, cause?: unknown): TroupeError {
  return new TroupeError(
    "ERR_CONFIG",
    `The runtime directory ${path} is not a directory of this user; remove it or set TROUPE_RUNTIME_DIR.`,
    { details: { path }, ...(cause === undefined ? {} : { cause }) },
  );
}
