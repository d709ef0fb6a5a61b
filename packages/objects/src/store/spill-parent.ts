import { createHash } from "node:crypto";
import { lstatSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isProcessAlive, makeDirectory, processIdentity, TroupeError } from "@troupe/core";

/**
 * `spill.<host>.<pid>.<start time>.<n>`. Host stands for machine, boot and pid namespace: containers may share
 * a disk while a pid means another process in each.
 */
const pattern = /^spill\.([0-9a-f]{8})\.(\d{1,10})\.(\d{1,16})\.\d{1,10}$/;

let nextNumber = 0;
let host: string | undefined;

/** A name that this thread has not used. */
export function freshFolderName(): string {
  const { pid, startTime } = processIdentity();
  return `spill.${thisHost()}.${pid}.${startTime}.${nextNumber++}`;
}

/**
 * Where the folders of this user's stores are, made when missing: the one that was chosen, or
 * `troupe-<user id>` below the temporary directory.
 *
 * @throws ERR_CONFIG when that is no directory of this user; the system's error when it cannot be made.
 */
export function spillParent(chosen: string | undefined): string {
  const parent = chosen ?? defaultParent();
  makeDirectory(parent);
  const stat = lstatSync(parent);
  // In a temporary directory anybody may have made it before.
  if (chosen === undefined && (!stat.isDirectory() || stat.uid !== process.getuid?.())) {
    throw new TroupeError(
      "ERR_CONFIG",
      `Objects cannot be moved to ${parent}, which is no directory of this user; remove it, or name another by \`spill\`.`,
      { details: { path: parent } },
    );
  }
  return parent;
}

/** Removes what processes that were killed had moved to disk, and says how many folders that were. */
export function sweepSpillFolders(chosen: string | undefined): number {
  const parent = chosen ?? defaultParent();
  let removed = 0;
  for (const name of namesIn(parent)) {
    const match = pattern.exec(name);
    if (match?.[1] !== thisHost()) continue;
    if (isProcessAlive({ pid: Number(match[2]), startTime: Number(match[3]) })) continue;
    if (removeOwn(join(parent, name))) removed++;
  }
  return removed;
}

function defaultParent(): string {
  return join(tmpdir(), `troupe-${process.getuid?.() ?? -1}`);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Another store may sweep at the same time. */
function removeOwn(path: string): boolean {
  try {
    if (lstatSync(path).uid !== process.getuid?.()) return false;
    rmSync(path, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

function thisHost(): string {
  return (host ??= createHash("sha256").update(processIdentity().host).digest("hex").slice(0, 8));
}
