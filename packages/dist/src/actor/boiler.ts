import type { ActorDefinition, ActorOptions, ActorRuntime } from "@troupe/actors";
import { isTroupeError, TroupeError } from "@troupe/core";

import { runtimeHere } from "../cluster/open-clusters.js";
import { createIn } from "./create-in.js";

/** A reference to a function, as it is when its type is forgotten. */
export type RemoteFunction = ((...args: unknown[]) => Promise<unknown>) &
  Readonly<Record<string, RemoteMember>>;

type RemoteMember = ((...args: unknown[]) => never) & PromiseLike<unknown>;

/** Makes the actor of a pot when it is needed: one in each cluster. */
export class Boiler {
  readonly #remotes = new WeakMap<ActorRuntime, Promise<RemoteFunction>>();

  constructor(
    private readonly definition: ActorDefinition,
    private readonly options: ActorOptions,
  ) {}

  /** One for an actor with other options. */
  with(options: ActorOptions): Boiler {
    return new Boiler(this.definition, { ...this.options, ...options });
  }

  /** The actor, made if it is not there. */
  async boil(): Promise<RemoteFunction> {
    return this.#in(await runtimeHere());
  }

  /** Uses the actor; when it turns out to be lost, the next use makes another. */
  async use<T>(use: (remote: RemoteFunction) => T): Promise<Awaited<T>> {
    const runtime = await runtimeHere();
    const boiled = this.#in(runtime);
    try {
      return await use(await boiled);
    } catch (error) {
      if (isTroupeError(error, "ERR_ACTOR_DIED")) this.#forget(runtime, boiled);
      throw error;
    }
  }

  /** A method, or a property, of the actor. */
  member(key: string): object {
    const call = (...args: unknown[]) => this.use((remote) => remote[key]!(...args));
    // Awaited, it reads the property.
    const then: PromiseLike<unknown>["then"] = (onValue, onError) =>
      this.use((remote) => remote[key]!).then(onValue, onError);
    return Object.assign(call, { then });
  }

  /** Why the pot cannot stand for its actor where one is expected. */
  noReference(): TroupeError {
    const { name } = this.definition;
    return new TroupeError(
      "ERR_CONFIG",
      `The pot ${name} is no reference to an actor, as that is made when it is first called: use await ${name}.create().`,
    );
  }

  #in(runtime: ActorRuntime): Promise<RemoteFunction> {
    let boiled = this.#remotes.get(runtime);
    if (!boiled) this.#remotes.set(runtime, (boiled = this.#boil(runtime)));
    return boiled;
  }

  async #boil(runtime: ActorRuntime): Promise<RemoteFunction> {
    const { name, module, options } = this.definition;
    // Functions of two modules may have one name, and are two actors.
    const unnamed = { name, ...(module === undefined ? {} : { namespace: module }) };
    const given = this.options.name ?? options.name;
    const own = {
      ...(given === undefined ? unnamed : {}),
      detached: true,
      ...this.options,
      getIfExists: true,
    };
    try {
      const boiled: unknown = await createIn(runtime, this.definition, [], own);
      return boiled as RemoteFunction;
    } catch (error) {
      this.#remotes.delete(runtime);
      throw error;
    }
  }

  #forget(runtime: ActorRuntime, boiled: Promise<RemoteFunction>): void {
    if (this.#remotes.get(runtime) === boiled) this.#remotes.delete(runtime);
  }
}
