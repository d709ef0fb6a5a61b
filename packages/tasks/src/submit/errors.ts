import { inspect } from "node:util";

import { type Death, processDied } from "@troupe/cluster";
import { isTroupeError, joinStacks, TroupeError } from "@troupe/core";

import type { Submission } from "./submission.js";

/** What was thrown as an error, which is what travels. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === "string" ? thrown : inspect(thrown), { cause: thrown });
}

export function cancelledError(name: string): TroupeError {
  return new TroupeError("ERR_CANCELLED", `The task ${name} was cancelled.`, { details: { task: name } });
}

export function closedError(): TroupeError {
  return new TroupeError("ERR_CLOSED", "The cluster was closed before the task was over.");
}

/** Says also what of a task cannot be sent: `arguments[0]`, `result`. */
export function unsentOf(name: string, what: string, thrown: unknown): Error {
  const error = asError(thrown);
  if (!isTroupeError(error, "ERR_NOT_SERIALIZABLE")) return error;
  return new TroupeError("ERR_NOT_SERIALIZABLE", `The task ${name}, ${what}: ${error.message}`, {
    details: { ...error.details, task: name, what },
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  });
}

/** The error of a task whose process ended under it. */
export function runDied({ name, plan }: Submission, death: Death): TroupeError {
  const { message, details } = processDied(death);
  const often = plan.retries === 0 ? "" : ` It was its last try of ${plan.retries + 1}.`;
  return new TroupeError(
    "ERR_ACTOR_DIED",
    `The task ${name} was running when its process ended. ${message}${often}`,
    {
      details: { task: name, ...details },
    },
  );
}

/** An error of the function, whose stack says where it was. */
export function thrownThere(error: unknown, { name }: Submission, worker: string): Error {
  const failure = asError(error);
  const stack = joinStacks(failure.stack ?? String(failure), `thrown by the task ${name} in ${worker}`, "");
  Object.defineProperty(failure, "stack", { value: stack, configurable: true, writable: true });
  return failure;
}
