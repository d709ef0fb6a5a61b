import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { sweepRuntimeDirectory } from "@troupe/core";

import { waitUntil } from "../wait-until.js";
import type { HarnessProcess } from "./harness-process.js";
import { socketsBelow } from "./process-table.js";

/**
 * What ended processes left in their runtime directory, in words; waits up to `patience` ms for the
 * last of it to go.
 *
 * A process that ended in order must have removed what it made. Of one that crashed or was killed the sockets may
 * remain: those named for it are swept, as the next process there would do, and those of a fixed name
 * are passed over when nobody listens on them.
 */
export async function runtimeLeftovers(
  directory: string,
  ended: readonly HarnessProcess[],
  patience: number,
): Promise<string[]> {
  const orderly = new Map(
    ended.filter(({ exit }) => exit?.code === 0).map((child) => [child.pid, child.name]),
  );
  const anyCrashed = orderly.size < ended.length;
  const disorderly = leftBy(directory, orderly);
  sweepRuntimeDirectory(directory);

  const look = () => {
    const bound = socketsBelow(directory);
    const entries = readdirSync(directory, { recursive: true, encoding: "utf8" })
      .map((name) => join(directory, name))
      .filter(
        (path) =>
          !bound.includes(path) && !(anyCrashed && lstatSync(path, { throwIfNoEntry: false })?.isSocket()),
      );
    return [
      ...bound.map((path) => `a socket that is still bound: ${path}`),
      ...entries.map((path) => `an entry of the runtime directory: ${path}`),
    ];
  };
  try {
    await waitUntil(() => look().length === 0, { what: "an empty runtime directory", timeout: patience });
    return disorderly;
  } catch {
    return [...disorderly, ...look()];
  }
}

/** Sockets named for processes (`<label>.<pid>.<start time>.<n>.sock`) that should have removed them. */
function leftBy(directory: string, orderly: ReadonlyMap<number, string>): string[] {
  return readdirSync(directory).flatMap((name) => {
    const pid = /\.(\d+)\.\d+\.\d+\.sock$/.exec(name)?.[1];
    const owner = pid === undefined ? undefined : orderly.get(Number(pid));
    return owner === undefined
      ? []
      : `a socket of ${owner} (pid ${pid}), which ended without removing it: ${name}`;
  });
}
