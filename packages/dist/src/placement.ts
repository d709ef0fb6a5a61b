import { actorOf, type AnyRemote } from "@troupe/actors";
import { affinity as toPlace, type Place, type Policy } from "@troupe/resources";

/**
 * Where an actor is: in the same pool; on the same host when it lives in the driver, or when a place names no pool.
 *
 * @throws ERR_CONFIG for what is neither a reference nor a place.
 */
export function affinity(to: AnyRemote | Place): Policy {
  // What a reference has is functions.
  if (typeof (to as Place).host === "string") return toPlace(to as Place);
  const { host, pool } = actorOf(to);
  return toPlace(pool.startsWith("pool-") ? { host, pool } : { host });
}
