import { type ActorDefinition, type ActorOptions, defineActor, type Remote } from "@troupe/actors";
import { isTroupeError } from "@troupe/core";

import type { DistOptions } from "../dist-options.js";
import { create } from "./actor-class.js";

/** A function that can be an actor. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a function's parameters are contravariant
export type Callable = (...args: any[]) => unknown;

/**
 * An actor that is called itself: `await pot(1, 2)`, `pot.tell(1, 2)`, `await pot.property`. It is made by its first
 * call, one for its name in the cluster, and made again by the next one after it was lost.
 */
export type Pot<F extends Callable> = Remote<F> & {
  /** Makes it now, and gives the reference to it. */
  create(): Promise<Remote<F>>;
  /** A pot with other options than its own. */
  with(options: ActorOptions): Pot<F>;
};

/** Makes a function known as an actor. */
export function makePot<F extends Callable>(
  fn: F,
  module: string | undefined,
  { actor }: DistOptions,
): Pot<F> {
  const definition = defineActor(fn, { module, options: actor });
  return potOf(definition, {});
}

function potOf<F extends Callable>(definition: ActorDefinition, own: ActorOptions): Pot<F> {
  const boiler = new Boiler(definition, own);
  const members: Record<string, unknown> = {
    create: () => boiler.boil(),
    with: (options: ActorOptions) => potOf(definition, { ...own, ...options }),
  };
  return new Proxy(noop, {
    apply: (_target, _this, args: unknown[]) => boiler.use((remote) => remote(...args)),
    get: (_target, key) => {
      if (typeof key !== "string" || key === "then") return undefined;
      return (members[key] ??= boiler.member(key));
    },
    set: () => false,
  }) as unknown as Pot<F>;
}

type AnyRemoteFunction = ((...args: unknown[]) => Promise<unknown>) & Record<string, Member>;
type Member = ((...args: unknown[]) => Promise<unknown>) & PromiseLike<unknown>;

/** Makes the actor of a pot when it is needed. */
class Boiler {
  #remote: Promise<AnyRemoteFunction> | undefined;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly own: ActorOptions,
  ) {}

  boil(): Promise<AnyRemoteFunction> {
    return (this.#remote ??= this.#boil());
  }

  /** Uses the actor; when it turns out to be lost, the next use makes another. */
  async use<T>(use: (remote: AnyRemoteFunction) => T): Promise<Awaited<T>> {
    const boiled = this.boil();
    try {
      return await use(await boiled);
    } catch (error) {
      if (isTroupeError(error, "ERR_ACTOR_DIED") && this.#remote === boiled) this.#remote = undefined;
      throw error;
    }
  }

  /** A method, or a property, of the actor. */
  member(key: string): Member {
    const call = (...args: unknown[]) => this.use((remote) => remote[key]!(...args));
    // Awaited, it reads the property.
    const then: Member["then"] = (onValue, onError) =>
      this.use((remote) => remote[key]!).then(onValue, onError);
    return Object.assign(call, { then });
  }

  async #boil(): Promise<AnyRemoteFunction> {
    const name = this.own.name ?? this.definition.options.name ?? this.definition.name;
    try {
      const remote: unknown = await create(this.definition, [], { ...this.own, name, getIfExists: true });
      return remote as AnyRemoteFunction;
    } catch (error) {
      this.#remote = undefined;
      throw error;
    }
  }
}

function noop(): void {}
