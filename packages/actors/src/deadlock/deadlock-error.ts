import type { ActorRecord } from "@troupe/cluster";
import { TroupeError } from "@troupe/core";

/** Calls of a circle that the message names; `details.cycle` has all. */
const maxNamed = 10;

/**
 * The error of a call that would wait for itself.
 *
 * @param cycle The calls that wait for one another: the first has what the last waits for.
 */
export function deadlockError(
  { id, path }: ActorRecord,
  method: string,
  cycle: readonly string[],
): TroupeError {
  const [first = "another call"] = cycle;
  const named = cycle.length > maxNamed ? [...cycle.slice(0, maxNamed - 2), "…", ...cycle.slice(-2)] : cycle;
  return new TroupeError(
    "ERR_DEADLOCK",
    `${named.join(" → ")} would wait for ever: the last waits until ${first} is over, which waits for it in turn. ` +
      `Give the actor reentrant: "chain", or the method a concurrency group; or tell what needs no answer.`,
    { details: { actor: id, path, method, cycle } },
  );
}
