import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

import { type WaitOptions, withDeadline } from "@troupe/core";

import { checkWait } from "./check-wait.js";

/** Options of {@link runProgram}. */
export interface ProgramOptions extends WaitOptions {
  /** What it reads. Default: nothing. */
  readonly input?: string | undefined;
  /** The whole environment. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** What a program printed, and how it ended. */
export interface ProgramResult {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Characters of output, beyond which nobody could mean it. */
const mostOutput = 16_000_000;

/**
 * Runs a program to its end. One that is not waited for any longer is killed, with all that it started.
 *
 * @throws What the system says when it cannot be started, with `code: "ENOENT"` where there is none;
 *   ERR_TIMEOUT, ERR_CANCELLED, ERR_CONFIG for a timeout that is none
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  { input = "", env, ...wait }: ProgramOptions = {},
): Promise<ProgramResult> {
  checkWait(command, wait);
  // A group of its own, so that what it started itself ends with it.
  const child = spawn(command, args, { detached: true, env });
  try {
    return await withDeadline(command, resultOf(child, input), wait);
  } catch (error) {
    killGroup(child.pid);
    throw error;
  } finally {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  }
}

function resultOf(child: ChildProcessWithoutNullStreams, input: string): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
        if (output[name].length > mostOutput) reject(new Error(`${child.spawnfile} prints without end.`));
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
    // It need not read what it is given.
    child.stdin.on("error", () => {}).end(input);
  });
}

/** Kills a process with the group that it leads, if they are still there. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}
