import { decode, encode, TroupeError } from "@troupe/core";

import type { Payload } from "./driver.js";

/** @throws ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE above 256 MiB. */
export function toPayload(value: unknown): Payload {
  return typeof value === "number" ? value : encode(value);
}

/** The value of a payload; binary values in it are views of the payload's bytes. */
export function fromPayload(payload: Payload): unknown {
  return typeof payload === "number" ? payload : decode(payload);
}

/** @throws ERR_CONFIG, since only a number can be added to. */
export function addTo(key: string, payload: Payload | undefined, by: number, init: number): number {
  if (payload === undefined) return init + by;
  if (typeof payload !== "number") throw notANumber(key);
  return payload + by;
}

/** The error for an addition to something that is no number. */
export function notANumber(key: string): TroupeError {
  return new TroupeError(
    "ERR_CONFIG",
    `The value of "${key}" is not a number, so incr and decr cannot add to it; use update.`,
    { details: { key } },
  );
}
