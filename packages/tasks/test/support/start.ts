import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ActorSystemOptions } from "@troupe/actors";
import { waitUntil } from "@troupe/testkit";

import { startTasks, type TaskSystem } from "../../src/index.js";

// What is said of pools that die is what these tests are about.
process.env["TROUPE_LOG"] ??= "silent";

/** A cluster, the lines that its pools wrote, and a file in which tasks note what they do. */
export interface TestSystem extends AsyncDisposable, TaskSystem {
  readonly lines: readonly string[];
  readonly file: string;
  /** What was noted so far. */
  notes(): string[];
  /** Settles when that was noted. */
  noted(text: string | RegExp, times?: number): Promise<unknown>;
}

/** Started with no options of the test runner's own, and with the program that was built. */
export async function startSystem({ pools = 1, ...options }: ActorSystemOptions = {}): Promise<TestSystem> {
  const lines: string[] = [];
  const execArgv: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), "troupe-tasks-"));
  const file = join(folder, "notes");
  const running = await startTasks({
    program: new URL("../../dist/pool-main.js", import.meta.url),
    log: (line) => lines.push(line),
    ...options,
    pools:
      typeof pools === "number"
        ? Array.from({ length: pools }, () => ({ execArgv, backoff: 0 }))
        : pools.map((pool) => ({ execArgv, backoff: 0, ...pool })),
  });
  const notes = () => {
    try {
      return readFileSync(file, "utf8").split("\n").filter(Boolean);
    } catch {
      return [];
    }
  };
  const isNoted = (text: string | RegExp) =>
    notes().filter((line) => (typeof text === "string" ? line === text : text.test(line))).length;
  const noted = (text: string | RegExp, times = 1) =>
    waitUntil(() => isNoted(text) >= times, { what: `the note ${String(text)}` });
  const close = async () => {
    await running.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...running, lines, file, notes, noted, close, [Symbol.asyncDispose]: close };
}

/** What a promise was rejected with. */
export async function failureOf(
  promise: PromiseLike<unknown>,
): Promise<Error & { code?: string; details?: object }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("It did not fail.");
}
