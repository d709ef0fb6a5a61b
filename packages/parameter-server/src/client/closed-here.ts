import { TroupeError } from "@troupe/core";

/** The error for a handle that was closed. */
export function closedHere(): TroupeError {
  return new TroupeError("ERR_CLOSED", "This parameter server was closed here.");
}
