import { TroupeError } from "@troupe/core";

import type { Death } from "../node/brain-port.js";
import type { Exit } from "./launch.js";

/** Words of V8 when a heap is full; the process then aborts, a thread ends with the error. */
const outOfMemory = /heap out of memory|ERR_WORKER_OUT_OF_MEMORY/;

/** What is to be told of a pool whose run ended. */
export function deathOf(
  name: string,
  pid: number,
  { code, signal, error }: Exit,
  stderr: readonly string[],
): Death {
  const words = error ? [...stderr, error.message, (error as NodeJS.ErrnoException).code ?? ""] : stderr;
  let reason = signal ? `was killed by ${signal}` : `ended with code ${code}`;
  if (code === null && !signal) reason = `could not be started: ${error?.message ?? "no reason was given"}`;
  if (words.some((line) => outOfMemory.test(line))) reason = `ran out of memory, and ${reason}`;
  return { process: name, pid, exitCode: code, signal, stderr, reason };
}

/** The error of those who wait for a pool that does not get up. */
export function startError(death: Death, problem = death.reason): TroupeError {
  const { process, pid, exitCode, signal, stderr } = death;
  const said = stderr.length > 0 ? ` Its standard error:\n${stderr.join("\n")}` : "";
  return new TroupeError("ERR_ACTOR_START", `The pool "${process}" did not start: it ${problem}.${said}`, {
    details: { pool: process, pid, exitCode, signal, stderr },
  });
}
