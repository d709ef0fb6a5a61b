import { TroupeError } from "@troupe/core";

import type { Seat } from "../cell/seat.js";
import { shared } from "../shared.js";
import { type CreationTerms, creationTerms } from "./creation-terms.js";
import { decoratedMethods } from "./decorators.js";
import { MethodTable } from "./method-table.js";
import {
  type ActorOptions,
  type BehaviourOptions,
  checkActorOptions,
  type MethodOptions,
} from "./options.js";
import { type ActorPlan, planOf } from "./plan.js";

/** A class whatever its parameters. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a constructor's parameters are contravariant
export type ActorClass<T extends object = object> = new (...args: any[]) => T;

/** What an actor serves besides its calls; ends before its `onStop`. */
export interface Attachment {
  close(): void | Promise<void>;
}

/** What {@link defineActor} is told of a class. */
export interface DefineOptions {
  /** Where pools find it: the URL of a module, or the name of a package. Without one it lives in its own process only. */
  readonly module?: string | undefined;
  /** Its name there. Default: the class's own. */
  readonly name?: string | undefined;
  readonly options?: ActorOptions | undefined;
  /** The class that `target` was made from: whoever asks for an actor of that one gets one of `target`. */
  readonly base?: object | undefined;
  /** Called once an actor has started; whatever it then does to the instance goes through {@link Seat.perform}. */
  readonly attach?: ((instance: object, seat: Seat) => Attachment | Promise<Attachment>) | undefined;
}

/** What a class, or a function, is to the runtime. */
export interface ActorDefinition {
  readonly name: string;
  readonly module: string | undefined;
  /** A class, or a function that is an actor itself. */
  readonly target: ActorClass | ((...args: never) => unknown);
  readonly isCallable: boolean;
  readonly options: ActorOptions;
  readonly methods: Readonly<Record<string, MethodOptions>>;
  readonly plan: ActorPlan;
  readonly terms: CreationTerms;
  readonly attach: DefineOptions["attach"];
}

/**
 * Makes a class known to every copy of this package in the process, so that actors of it can be made. A class that
 * is defined again is so under its new terms from then on.
 *
 * @param target A class, or a function that is to be an actor itself: called by calling the reference.
 * @throws ERR_CONFIG for one without a name, and for options that are wrong.
 */
export function defineActor(target: ActorDefinition["target"], options: DefineOptions = {}): ActorDefinition {
  const { module, name = target.name, attach } = options;
  if (typeof target !== "function" || name === "") {
    throw new TroupeError(
      "ERR_CONFIG",
      `An actor needs a class with a name, by which pools find it; ${typeof target === "function" ? "this one has none" : `this is a ${typeof target}`}.`,
    );
  }
  const isCallable = !isClass(target);
  const actorOptions = checkActorOptions(name, options.options ?? {});
  const methods = { ...decoratedMethods(target), ...actorOptions.methods };
  const table = new MethodTable(name, isCallable ? target : (target.prototype as object), methods);
  const definition: ActorDefinition = {
    name,
    module,
    target,
    isCallable,
    options: actorOptions,
    methods,
    plan: planOf(name, table, { ...actorOptions, methods }),
    terms: creationTerms(actorOptions),
    attach,
  };
  shared.definitions.add(definition, options.base);
  return definition;
}

/** The definition of a class, made now for one that nobody defined, which then lives in its own process only. */
export function definitionOf(target: unknown): ActorDefinition {
  if (typeof target !== "function") {
    throw new TroupeError(
      "ERR_CONFIG",
      `An actor is made of a class or a function, not of ${String(target)}.`,
    );
  }
  return shared.definitions.of(target) ?? defineActor(target as ActorClass);
}

/** The plan of an actor that was made with options of its own. */
export function planWith(definition: ActorDefinition, own: BehaviourOptions | undefined): ActorPlan {
  if (!own) return definition.plan;
  const { name, target, isCallable, options } = definition;
  const methods = { ...definition.methods, ...own.methods };
  const table = own.methods
    ? new MethodTable(name, isCallable ? target : (target.prototype as object), methods)
    : definition.plan.methods;
  return planOf(name, table, { ...options, ...own, methods });
}

/** Only a class has a prototype that cannot be replaced; a function of the old kind is one if it has methods. */
export function isClass(target: object): boolean {
  const prototype = Object.getOwnPropertyDescriptor(target, "prototype");
  if (!prototype) return false;
  const methods = Object.getOwnPropertyNames(prototype.value as object);
  return !prototype.writable || methods.some((name) => name !== "constructor");
}
