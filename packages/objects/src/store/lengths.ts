import { TroupeError } from "@troupe/core";
import { Segment } from "@troupe/shm";

/** @throws ERR_CONFIG for what is no length of an object. */
export function checkLength(byteLength: number): void {
  if (Number.isSafeInteger(byteLength) && byteLength >= 0) return;
  throw new TroupeError("ERR_CONFIG", `An object's length is a number of bytes, not ${byteLength}.`);
}

/** Bytes of a segment. @throws what {@link Segment.open} throws. */
export function lengthOf(segment: string): number {
  const opened = Segment.open(segment);
  opened.close();
  return opened.byteLength;
}
