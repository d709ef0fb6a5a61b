import { inspect } from "node:util";

import { checkKnown, timeoutProblem, TroupeError, uniqueId } from "@troupe/core";

import type { MethodOptions } from "../definition/options.js";

/** Options of one call. */
export interface CallOptions {
  /**
   * Milliseconds after which the call fails with ERR_TIMEOUT, and is cancelled where it runs. A call made within one
   * that has a timeout has no more time than that.
   */
  readonly timeout?: number | undefined;
  /** Cancels the call: ERR_CANCELLED here at once, and there `context().signal` aborts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Times that the call is made again when its pool died or its mailbox was full, after a pause that doubles from 10 ms
   * to 1 s. It may then have its effect more than once. Default 0.
   */
  readonly retries?: number | undefined;
  /**
   * Names the call among those of its method: the actor remembers what came of it, and a call of the same key gets that
   * and has no effect. With {@link retries} it so has its effect once. It remembers the latest 1,024 of them; across a
   * restart if its state is kept.
   */
  readonly key?: string | undefined;
}

const known: readonly (keyof CallOptions)[] = ["timeout", "signal", "retries", "key"];

/** What a class says of calls of a method; each has a key of its own where it says `key`. */
export function defaultsOf({ timeout, retries, key }: MethodOptions): CallOptions {
  return { timeout, retries, ...(key ? { key: uniqueId() } : {}) };
}

/** @throws ERR_CONFIG */
export function checkCallOptions(options: CallOptions): void {
  checkKnown("A call", options, known);
  if (options.key !== undefined && (typeof options.key !== "string" || options.key === ""))
    throw new TroupeError(
      "ERR_CONFIG",
      `The key of a call is a text that is not empty, not ${inspect(options.key)}.`,
    );
  const { timeout, retries = 0 } = options;
  const problem = timeoutProblem(timeout);
  if (problem) throw problem;
  if (retries === Infinity || (Number.isInteger(retries) && retries >= 0)) return;
  throw new TroupeError(
    "ERR_CONFIG",
    `retries must be a whole number from 0, or Infinity; it is ${retries}.`,
  );
}
