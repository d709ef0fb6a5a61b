import { isTroupeError } from "@troupe/core";
import { isPlace, type ObjectRef, objects, type StoredValue } from "@troupe/objects";

/**
 * Makes this process the owner of what was stored for it.
 *
 * @returns The reference by which it is held; `undefined` for what is small, or is not there any more.
 */
export function own(part: StoredValue): ObjectRef | undefined {
  if (!isPlace(part)) return undefined;
  const expected = objects.expect();
  try {
    expected.settle(part);
  } catch (error) {
    if (!isTroupeError(error, "ERR_OBJECT_LOST")) throw error;
    expected.fail(error);
  }
  return expected.handOver();
}
