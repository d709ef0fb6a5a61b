import { isTroupeError, TroupeError } from "@troupe/core";

/** The error of those who need an object that is not there any more. */
export function lostError(id: string, why: string, cause?: unknown): TroupeError {
  return new TroupeError("ERR_OBJECT_LOST", `The object ${id} is lost: ${why}.`, {
    details: { object: id },
    ...(cause === undefined ? {} : { cause }),
  });
}

export function isLost(error: unknown): error is TroupeError {
  return isTroupeError(error, "ERR_OBJECT_LOST");
}
