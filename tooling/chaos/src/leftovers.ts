import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { descendantsOf } from "../../../packages/testkit/src/harness/process-table.js";
import { segmentsOf } from "./segments.js";

/**
 * What a cluster has left that is closed, in words.
 *
 * @param pids Of its pools, those that have ended too.
 * @param folders Which are to be empty.
 */
export function leftovers(pids: ReadonlySet<number>, folders: readonly string[]): string[] {
  return [
    ...segmentsOf(pids).map((name) => `the segment ${name} was left`),
    ...descendantsOf(process.pid)
      // What loads TypeScript here has a process of its own, and so has what wakes frozen pools should this one die.
      .filter(({ command }) => !/esbuild|^\/bin\/sh -c/.test(command))
      .map(({ pid, command }) => `a process was left: ${command} (pid ${pid})`),
    ...folders
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder).map((name) => `${join(folder, name)} was left`)),
  ];
}
