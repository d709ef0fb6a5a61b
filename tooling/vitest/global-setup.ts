import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { runLeftovers, type RunTrace, sharedMemorySegments } from "./run-leftovers.js";

/** Milliseconds that the last of it gets to go away: less than Vitest's own `teardownTimeout`. */
const patience = 5_000;
/** Milliseconds between two looks. */
const pause = 25;
/** Not `TROUPE_…`, which the harness keeps from the processes that it starts. */
const markName = "TESTS_OF_TROUPE";
/** Each project of a run imports this file anew; they share one process, and this. */
const shared = globalThis as { troupeTestRun?: true };

/**
 * Gives a whole run of tests one runtime directory of its own, below a short path that leaves room for the
 * names of sockets, and fails the run when at its end a file is left there, a process runs or a segment of
 * shared memory stays. The first project of a run does it for all.
 */
export default function setup(): (() => Promise<void>) | undefined {
  if (shared.troupeTestRun) return undefined;
  shared.troupeTestRun = true;
  const root = mkdtempSync("/tmp/troupe-run-");
  const trace: RunTrace = {
    runtimeDirectory: join(root, "run"),
    mark: `${markName}=${root}`,
    sharedMemory: new Set(sharedMemorySegments()),
  };
  mkdirSync(trace.runtimeDirectory, { mode: 0o700 });
  process.env["TROUPE_RUNTIME_DIR"] = trace.runtimeDirectory;
  process.env[markName] = root;

  return async () => {
    const end = performance.now() + patience;
    let left = runLeftovers(trace);
    while (left.length > 0 && performance.now() < end) {
      await setTimeout(pause);
      left = runLeftovers(trace);
    }
    rmSync(root, { recursive: true, force: true });
    if (left.length === 0) return;
    // Vitest only writes down what a teardown throws.
    process.exitCode = 1;
    throw new Error(`The run left behind:\n- ${left.join("\n- ")}`);
  };
}
