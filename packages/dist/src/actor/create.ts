import { type ActorDefinition, type CreateOptions, currentRuntime, type Remote } from "@troupe/actors";

import { runtimeHere } from "../cluster/open-clusters.js";
import { assertImportable } from "../module/importable.js";
import { createIn } from "./create-in.js";

/**
 * Makes an actor where the caller is: in the cluster whose actor runs now, else in the one opened last.
 *
 * @param options In place of what its class says.
 * @throws ERR_ACTOR_START with the cause, ERR_NAME_TAKEN, ERR_NO_RESOURCES, ERR_MODULE, ERR_ENTRY_MODULE, ERR_CONFIG,
 *   ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE, ERR_DEADLOCK, ERR_CANCELLED, ERR_CLOSED. In each
 *   case nothing of it is left.
 */
export async function create(
  definition: ActorDefinition,
  args: readonly unknown[],
  options?: CreateOptions,
): Promise<Remote<object>> {
  // Said before a cluster is opened for it.
  assertImportable(definition);
  return createIn(currentRuntime() ?? (await runtimeHere()), definition, args, options);
}
