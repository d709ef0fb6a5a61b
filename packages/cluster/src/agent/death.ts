import { TroupeError } from "@troupe/core";

import type { Death } from "../node/brain-port.js";
import type { Exit } from "./launch.js";

/** Words of V8 when a heap is full; the process then aborts. */
const outOfMemory = "heap out of memory";

/** What is to be told of a pool whose run ended. */
export function deathOf(
  name: string,
  pid: number,
  { code, signal, error }: Exit,
  stderr: readonly string[],
): Death {
  let reason = signal ? `was killed by ${signal}` : `ended with code ${code}`;
  if (code === null && !signal) reason = `failed: ${error?.message ?? "no reason is known"}`;
  if (stderr.some((line) => line.includes(outOfMemory))) reason = `ran out of memory, and ${reason}`;
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
