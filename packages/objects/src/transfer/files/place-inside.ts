import { mkdir, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

import { TroupeError } from "@troupe/core";

/**
 * Where in `folder` a target is, with the folders on its way made.
 *
 * @param target Relative to the folder; an absolute path must lead into it.
 * @throws ERR_UNAUTHORIZED for a target that is not inside, also where a symbolic link leads out.
 */
export async function placeInside(folder: string, target: string): Promise<string> {
  const root = await realpath(folder);
  const path = resolve(root, target);
  if (!isInside(root, path)) throw outside(folder, target);
  const parent = dirname(path);
  // Links may be on the part of the way that exists; what does not exist yet is made without any.
  if (parent !== root && !isInside(root, await realpathOfExisting(parent))) throw outside(folder, target);
  await mkdir(parent, { recursive: true });
  return join(await realpath(parent), basename(path));
}

async function realpathOfExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === path) throw error;
    return join(await realpathOfExisting(parent), basename(path));
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function outside(folder: string, target: string): TroupeError {
  return new TroupeError(
    "ERR_UNAUTHORIZED",
    `"${target}" is not inside "${folder}", the folder in which this host takes files.`,
    { details: { target } },
  );
}
