import type { ActorDefinition, CreateOptions, ActorRuntime, Remote } from "@troupe/actors";

import { assertImportable } from "../module/importable.js";

/** Definitions that pools do not hear of, as they import the class from where it is at home. */
const foreign = new WeakSet<ActorDefinition>();

/** Pools import another module than the one that calls `dist()`: each actor is told the options of its class. */
export function noteForeign(definition: ActorDefinition): void {
  foreign.add(definition);
}

/** Makes an actor in a cluster of one's choice. @throws as `create`; ERR_ENTRY_MODULE at once */
export function createIn(
  { creator }: ActorRuntime,
  definition: ActorDefinition,
  args: readonly unknown[],
  own?: CreateOptions,
): Promise<Remote<object>> {
  assertImportable(definition);
  const told = foreign.has(definition) ? { ...definition.options, ...own } : own;
  return creator.create(definition, args, told) as Promise<Remote<object>>;
}
