import { TroupeError } from "@troupe/core";

/** What {@link waitUntil} gives: the condition's value, which is not falsy any more. */
export type NonFalsy<T> = Exclude<T, false | 0 | 0n | "" | null | undefined>;

/** How {@link waitUntil} waits. */
export interface WaitUntilOptions {
  /** Names the awaited thing in the error: `worker-0 to join`. */
  readonly what: string;
  /** Milliseconds before it gives up; 10 000 by default. */
  readonly timeout?: number;
}

// Held from the start, so that a test with fake timers can still wait for real things.
const { setTimeout, clearTimeout, setImmediate } = globalThis;

/** Rounds that only give the event loop a turn, before the pauses begin. */
const eagerRounds = 4;
const firstPause = 1;
const longestPause = 25;

/**
 * Asks `condition` again and again, with short pauses, until it gives something that is not falsy, and
 * gives that. A condition that throws or rejects is asked again.
 *
 * @throws ERR_TIMEOUT naming what was awaited, with the last value or (as `cause`) the last error.
 */
export async function waitUntil<T>(
  condition: () => T | Promise<T>,
  { what, timeout = 10_000 }: WaitUntilOptions,
): Promise<NonFalsy<T>> {
  const expired = Symbol("expired");
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<typeof expired>((resolve) => {
    timer = setTimeout(resolve, timeout, expired);
  });
  let last: { value: unknown } | { error: unknown } | undefined;
  try {
    for (let round = 0, over = false; !over; round++) {
      over = round > 0 && (await Promise.race([pause(round), deadline])) === expired;
      // After the last pause comes one more look, so that a busy machine does not fail what is true by now.
      try {
        const value = await Promise.race([condition(), deadline]);
        if (value === expired) break;
        if (value) return value as NonFalsy<T>;
        last = { value };
      } catch (error) {
        last = { error };
      }
    }
  } finally {
    clearTimeout(timer);
  }
  throw expiredError(what, timeout, last);
}

function pause(round: number): Promise<void> {
  return new Promise((resolve) => {
    if (round <= eagerRounds) setImmediate(resolve);
    else setTimeout(resolve, Math.min(firstPause * 2 ** (round - eagerRounds - 1), longestPause));
  });
}

function expiredError(
  what: string,
  timeout: number,
  last: { value: unknown } | { error: unknown } | undefined,
): TroupeError {
  const waited = `Waited ${timeout} ms for ${what}`;
  if (last === undefined) return new TroupeError("ERR_TIMEOUT", `${waited}; the condition never answered.`);
  if ("value" in last)
    return new TroupeError("ERR_TIMEOUT", `${waited}; the condition last gave ${String(last.value)}.`);
  const { error } = last;
  const text = error instanceof Error ? error.message : String(error);
  return new TroupeError("ERR_TIMEOUT", `${waited}; the condition last failed: ${text}`, { cause: error });
}
