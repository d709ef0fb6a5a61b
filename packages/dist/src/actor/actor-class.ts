import {
  type ActorClass,
  type ActorDefinition,
  type ActorOptions,
  defineActor,
  type Remote,
} from "@troupe/actors";
import { TroupeError } from "@troupe/core";

import { runtimeHere } from "../cluster/open-clusters.js";
import type { DistOptions } from "../dist-options.js";
import { assertImportable } from "../module/importable.js";
import { groupMember } from "./group-member.js";

/** Makes actors of a class. */
export interface ActorFactory<A extends unknown[], T extends object> {
  /**
   * Makes an actor in a pool, a child of the actor that calls, and gives a reference to it.
   *
   * @throws ERR_ACTOR_START with the cause, ERR_NAME_TAKEN, ERR_NO_RESOURCES, ERR_MODULE, ERR_ENTRY_MODULE,
   *   ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE. In each case nothing of it is left.
   */
  create(...args: A): Promise<Remote<T>>;
}

/** What `dist()` adds to a class, where the class has no static member of that name itself. */
export interface ActorStatics<A extends unknown[], T extends object> extends ActorFactory<A, T> {
  /** The same with other options than the class's own. */
  with(options: ActorOptions): ActorFactory<A, T>;
  /** The living actor of that name. @throws ERR_ACTOR_NOT_FOUND when there is none. */
  get(name: string, options?: { readonly namespace?: string | undefined }): Promise<Remote<T>>;
  /** The living actor of that path, or of that name; `undefined` when there is none. */
  find(path: string): Promise<Remote<T> | undefined>;
}

/** Makes a class known as one that actors are made of, and gives it {@link ActorStatics}. */
export function makeActorClass(Class: ActorClass, module: string | undefined, options: DistOptions): void {
  const definition = defineActor(Class, {
    module,
    options: options.actor,
    ...(options.component ? { attach: groupMember(options.component) } : {}),
  });
  const statics: ActorStatics<unknown[], object> = {
    create: (...args) => create(definition, args),
    with: (own) => ({ create: (...args) => create(definition, args, own) }),
    get: (name, { namespace } = {}) => get(name, namespace),
    find: async (path) => find(path),
  };
  for (const [key, value] of Object.entries(statics)) {
    if (!(key in Class)) Object.defineProperty(Class, key, { value, configurable: true, writable: true });
  }
}

/** @throws as {@link ActorFactory.create} */
export async function create(
  definition: ActorDefinition,
  args: readonly unknown[],
  options?: ActorOptions,
): Promise<Remote<object>> {
  assertImportable(definition);
  const { creator } = await runtimeHere();
  return (await creator.create(definition, args, options)) as Remote<object>;
}

async function get(name: string, namespace: string | undefined): Promise<Remote<object>> {
  const found = await find(name, namespace);
  if (found) return found;
  throw new TroupeError(
    "ERR_ACTOR_NOT_FOUND",
    `There is no actor "${name}"; find() gives undefined for one that may not be there.`,
    {
      details: { name, namespace },
    },
  );
}

async function find(pathOrName: string, namespace?: string): Promise<Remote<object> | undefined> {
  const { node, references } = await runtimeHere();
  const record = await node.brain.find(pathOrName, namespace);
  return record && (references.to(record) as Remote<object>);
}
