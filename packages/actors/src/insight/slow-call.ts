import { TroupeError } from "@troupe/core";

/** Milliseconds after which a call is slow when nothing else is said. */
export const defaultSlowCall = 1_000;

/** @throws ERR_CONFIG */
export function checkSlowCall(slowCall: unknown): void {
  if (typeof slowCall === "number" && slowCall >= 0 && slowCall < Infinity) return;
  throw new TroupeError(
    "ERR_CONFIG",
    `slowCall must be a number of milliseconds, or 0 for never; it is ${String(slowCall)}.`,
  );
}
