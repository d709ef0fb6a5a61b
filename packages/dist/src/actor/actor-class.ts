import { type ActorClass, type CreateOptions, defineActor, type Remote } from "@troupe/actors";
import { TroupeError } from "@troupe/core";

import { runtimeHere } from "../cluster/open-clusters.js";
import type { DistOptions } from "../dist-options.js";
import type { DefiningModule } from "../module/defining-module.js";
import { create } from "./create.js";
import { noteForeign } from "./create-in.js";
import { groupMember } from "./group-member.js";

/** Makes actors of a class. */
export interface ActorFactory<A extends unknown[], T extends object> {
  /**
   * Makes an actor in a pool, a child of the actor that calls, and gives a reference to it.
   *
   * @throws ERR_ACTOR_START with the cause, ERR_NAME_TAKEN, ERR_NO_RESOURCES, ERR_MODULE, ERR_ENTRY_MODULE,
   *   ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE, ERR_DEADLOCK, ERR_CANCELLED, ERR_TIMEOUT. In each case nothing of it is left.
   */
  create(...args: A): Promise<Remote<T>>;
}

/**
 * What `dist()` adds to a class. A decorated class keeps static members of its own that have these names; a class that
 * `dist(Class)` gives has these, and the class that was given to it keeps its own.
 */
export interface ActorStatics<A extends unknown[], T extends object> extends ActorFactory<A, T> {
  /** The same with other options than the class's own; `timeout` and `signal` bound how long it waits to be made. */
  with(options: CreateOptions): ActorFactory<A, T>;
  /** The living actor of that name. @throws ERR_ACTOR_NOT_FOUND when there is none. */
  get(name: string, options?: { readonly namespace?: string | undefined }): Promise<Remote<T>>;
  /** The living actor of that path, or of that name; `undefined` when there is none. */
  find(path: string): Promise<Remote<T> | undefined>;
}

/** Static members that are ours: inherited by a class that has its own, they give way. */
const added = new WeakSet<object>();

/**
 * Makes a class known as one that actors are made of, and gives it {@link ActorStatics}.
 *
 * @param base The class as it was given: what it is called by within itself.
 */
export function makeActorClass(
  Class: ActorClass,
  base: object | undefined,
  module: DefiningModule,
  options: DistOptions,
): void {
  const definition = defineActor(Class, {
    module: module.url,
    base,
    options: options.actor,
    ...(options.component ? { attach: groupMember(options.component) } : {}),
  });
  if (module.isForeign) noteForeign(definition);
  const statics: ActorStatics<unknown[], object> = {
    async create(...args) {
      assertNotInherited(this, Class);
      return create(definition, args);
    },
    with(own) {
      assertNotInherited(this, Class);
      return { create: (...args) => create(definition, args, own) };
    },
    get: (name, { namespace } = {}) => get(name, namespace),
    find: async (path) => find(path),
  };
  for (const [key, value] of Object.entries(statics)) {
    const present = (Class as unknown as Record<string, unknown>)[key];
    if (!base && key in Class && !added.has(present as object)) continue;
    added.add(value as object);
    Object.defineProperty(Class, key, { value, configurable: true, writable: true });
  }
}

/** @throws ERR_CONFIG for a subclass that has `create()` from its base: it would make actors of the base. */
function assertNotInherited(caller: unknown, Class: ActorClass): void {
  if (typeof caller !== "function" || !(caller.prototype instanceof Class)) return;
  const { name } = caller;
  throw new TroupeError(
    "ERR_CONFIG",
    `${name} is no distributed class, though it extends one: give it to dist() as well, as its base ${Class.name} was.`,
    { details: { class: name, base: Class.name } },
  );
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
