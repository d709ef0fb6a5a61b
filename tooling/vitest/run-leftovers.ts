import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import {
  descendantsOf,
  type ListedProcess,
  processesWithEnvironment,
} from "../../packages/testkit/src/harness/process-table.js";

/** Where POSIX shared memory is on Linux; elsewhere it cannot be listed. */
const sharedMemory = "/dev/shm";

/** What a run of tests has to leave as it was. */
export interface RunTrace {
  /** `TROUPE_RUNTIME_DIR` of the run. */
  readonly runtimeDirectory: string;
  /** A text that stands in the environment of each process of the run. */
  readonly mark: string;
  /** Shared memory that was there before. */
  readonly sharedMemory: ReadonlySet<string>;
}

/** What of the run is still there now, in words. */
export function runLeftovers(trace: RunTrace): string[] {
  return [
    ...readdirSync(trace.runtimeDirectory, { recursive: true, encoding: "utf8" }).map(
      (name) => `an entry of the runtime directory: ${name}`,
    ),
    ...processesOfRun(trace.mark).map(({ pid, command }) => `a running process: ${command} (pid ${pid})`),
    ...sharedMemorySegments()
      .filter((name) => !trace.sharedMemory.has(name) && !isOfAnother(name, trace.mark))
      .map((name) => `a segment of shared memory: ${join(sharedMemory, name)}`),
  ];
}

/** Names of Troupe's segments of shared memory, of any process of this machine. */
export function sharedMemorySegments(): string[] {
  try {
    return readdirSync(sharedMemory).filter((name) => name.startsWith("troupe"));
  } catch {
    return [];
  }
}

/** Whether the segment is of a process that runs, and that has nothing to do with the run: as its name tells. */
function isOfAnother(segment: string, mark: string): boolean {
  const pid = Number(/\.(\d+)\.\d+\.\d+$/.exec(segment)?.[1]);
  return (
    pid !== process.pid &&
    existsSync(`/proc/${pid}`) &&
    !listedOfRun(mark).some((listed) => listed.pid === pid)
  );
}

/** Those that are not to be there any more. */
function processesOfRun(mark: string): ListedProcess[] {
  const found = new Map<number, ListedProcess>();
  for (const listed of listedOfRun(mark)) {
    if (!isOfTheRunner(listed)) found.set(listed.pid, listed);
  }
  return [...found.values()];
}

/** Children, however deep, and orphans, which only their environment tells. */
function listedOfRun(mark: string): ListedProcess[] {
  return [...descendantsOf(process.pid), ...processesWithEnvironment(mark)];
}

/** Vitest's workers and Vite's compiler, which it ends after this. */
function isOfTheRunner({ parent, command }: ListedProcess): boolean {
  return parent === process.pid && /vitest\/dist\/workers\/|esbuild.* --service=/.test(command);
}
