import type { WaitOptions } from "@troupe/core";

import type { ObjectRef } from "./ref/object-ref.js";

/** Options of `wait`. */
export interface WaitForOptions extends Pick<WaitOptions, "signal"> {
  /** How many are enough; 1 by default. */
  readonly count?: number | undefined;
  /** Milliseconds to wait at most; what is ready by then is given, be it nothing. Default: no limit. */
  readonly timeout?: number | undefined;
}

/** What came of `wait`: all the references that it got, each in one of the two, in their order. */
export interface WaitOutcome<R extends ObjectRef = ObjectRef> {
  /** Those that have a value or have failed: as many as were asked for, or fewer when the time was over. */
  readonly ready: R[];
  readonly pending: R[];
}

/** The first `count` that are settled, and the others. */
export function partition<R extends ObjectRef>(
  refs: readonly R[],
  count: number,
  isSettled: (ref: R) => boolean,
): WaitOutcome<R> {
  const ready: R[] = [];
  const pending: R[] = [];
  for (let index = 0; index < refs.length; index++) {
    const ref = refs[index]!;
    (isSettled(ref) ? ready : pending).push(ref);
    // Who waits for one at a time goes through all the others each time.
    if (ready.length === count) return { ready, pending: pending.concat(refs.slice(index + 1)) };
  }
  return { ready, pending };
}
