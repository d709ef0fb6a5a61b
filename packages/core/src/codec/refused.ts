import { TroupeError } from "../errors/troupe-error.js";

/** Thrown inside the encoder for a value it refuses; the caller looks for the path (`notSerializable`). */
export class Refused extends Error {}

/** The error for a value of more bytes than allowed. */
export function tooLarge(bytes: number, limit: number): TroupeError {
  return new TroupeError(
    "ERR_MESSAGE_TOO_LARGE",
    `The message takes ${bytes} bytes or more, over the limit of ${limit}. Send it in parts.`,
    { details: { bytes, limit } },
  );
}
