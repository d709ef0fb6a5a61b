import type { ActorDefinition, ActorRuntime, Remote } from "@troupe/actors";

import { runtimeHere } from "../cluster/open-clusters.js";
import { heededOptions, type PlacedOptions } from "../dist-options.js";
import { assertImportable } from "../module/importable.js";

/** Definitions that pools do not hear of, as they import the class from where it is at home. */
const foreign = new WeakSet<ActorDefinition>();

/** Pools import another module than the one that calls `dist()`: each actor is told the options of its class. */
export function noteForeign(definition: ActorDefinition): void {
  foreign.add(definition);
}

/**
 * Makes an actor where the caller is: in the cluster whose actor runs now, else in the one opened last.
 *
 * @param options In place of what its class says.
 * @throws ERR_ACTOR_START with the cause, ERR_NAME_TAKEN, ERR_NO_RESOURCES, ERR_MODULE, ERR_ENTRY_MODULE, ERR_CONFIG,
 *   ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE, ERR_CLOSED. In each case nothing of it is left.
 */
export async function create(
  definition: ActorDefinition,
  args: readonly unknown[],
  options?: PlacedOptions,
): Promise<Remote<object>> {
  assertImportable(definition);
  return createIn(await runtimeHere(), definition, args, options);
}

/** The same in a cluster of one's choice. */
export async function createIn(
  { creator }: ActorRuntime,
  definition: ActorDefinition,
  args: readonly unknown[],
  options?: PlacedOptions,
): Promise<Remote<object>> {
  assertImportable(definition);
  const own = options && heededOptions(options);
  const told = foreign.has(definition) ? { ...definition.options, ...own } : own;
  return (await creator.create(definition, args, told)) as Remote<object>;
}
