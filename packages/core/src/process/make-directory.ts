import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a directory of mode 0700 and those above it that are missing; one that is there stays as it is.
 *
 * In place of `mkdirSync`'s `recursive`, which never returns where a file system denies that the parent
 * exists, as /proc does (Node 20).
 *
 * @throws The system's error.
 */
export function makeDirectory(path: string): void {
  if (made(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  mkdirSync(path, { mode: 0o700 });
}

/** Whether the directory is there now; not when its parent is missing. */
function made(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return true;
    if (code === "ENOENT") return false;
    throw error;
  }
}
