import type { Call } from "../cell/call.js";

// What a mailbox says of each call. Most calls cost a counter and no look at the clock.

/** A call begins. Gives when, in `performance.now()` milliseconds, if it is timed; else 0. */
export function begin(call: Call): number {
  return call.method!.stats.begin();
}

/** A call that was timed is over, without having waited for anything. */
export function returned(call: Call, since: number): void {
  const milliseconds = performance.now() - since;
  count(call, milliseconds);
  const { lookout } = call.cell.runtime;
  if (milliseconds >= lookout.slowCall) lookout.blocked(call, milliseconds);
  if (!lookout.isAwake) lookout.wake();
}

/**
 * A call waits for something: it is looked after from now on.
 *
 * @param since As {@link begin} gave it.
 * @returns When it began, as far as that is known.
 */
export function lasts(call: Call, since: number): number {
  const now = performance.now();
  const { lookout } = call.cell.runtime;
  if (since !== 0 && now - since >= lookout.slowCall) lookout.blocked(call, now - since);
  const began = since === 0 ? now : since;
  call.since = Math.floor(began);
  return began;
}

/** A call is over that waited. */
export function ended(call: Call, since: number): void {
  const milliseconds = performance.now() - since;
  count(call, milliseconds);
  const { lookout } = call.cell.runtime;
  if (milliseconds >= (call.method!.slowCall ?? lookout.slowCall)) lookout.slow(call, milliseconds);
}

/** A call threw. */
export function threw(call: Call): void {
  call.cell.errors++;
  call.method!.stats.errors++;
}

function count(call: Call, milliseconds: number): void {
  call.cell.busy += call.method!.stats.end(milliseconds);
}
