import { armDeadline, isTroupeError } from "@troupe/core";

import type { CallOptions } from "./call-options.js";
import type { Question } from "./caller.js";

/** Milliseconds before the first retry; doubles with each. */
const firstPause = 10;
const longestPause = 1_000;

/** Makes a call again when it failed on its way, as often as `retries` says. */
export async function withRetries(
  question: Question,
  { retries = 0, signal }: CallOptions,
  deadline: number,
  attempt: () => Promise<unknown>,
): Promise<unknown> {
  let pause = firstPause;
  for (let left = retries; ; left--) {
    const { pool } = question.handle.record;
    try {
      return await attempt();
    } catch (error) {
      if (left <= 0 || !failedOnItsWay(error, question, pool) || performance.now() + pause >= deadline)
        throw error;
    }
    await paused(pause, signal);
    pause = Math.min(pause * 2, longestPause);
  }
}

/**
 * Whether the method did not throw this itself: its pool died under it, or its mailbox was full.
 *
 * @param sentTo The pool where the actor was then: it may be elsewhere by now.
 */
function failedOnItsWay(error: unknown, { handle }: Question, sentTo: string): boolean {
  if (!isTroupeError(error) || !error.retryable) return false;
  const { actor, process } = error.details;
  const { id, pool } = handle.record;
  if (isTroupeError(error, "ERR_MAILBOX_FULL")) return actor === undefined || actor === id;
  return isTroupeError(error, "ERR_ACTOR_DIED") && (actor === id || process === pool || process === sentTo);
}

/** Ends early, and tells nobody, when the signal aborts: the next attempt does. */
function paused(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    armDeadline("a pause", { signal, timeout: milliseconds }, () => resolve());
  });
}
