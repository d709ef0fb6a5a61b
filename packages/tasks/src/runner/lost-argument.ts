import { isTroupeError } from "@troupe/core";

/** An argument cannot be had any more. */
export class LostArgument extends Error {
  constructor(
    readonly index: number,
    override readonly cause: Error,
  ) {
    super(cause.message);
  }
}

/** What is thrown for an argument that cannot be had: one that is lost may be had anew. */
export function lostArgument(index: number, error: Error): Error {
  return isTroupeError(error, "ERR_OBJECT_LOST") ? new LostArgument(index, error) : error;
}
