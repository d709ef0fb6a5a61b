import { type MessageMap, TroupeError } from "@troupe/core";
import type { Proxy } from "@troupe/proxy";

import { Component } from "./component.js";
import type { AnyComponentOptions, LaunchOptions } from "./options.js";

/** What `dist()` adds to an instance, wherever the instance has no member of that name itself. */
export interface Distributed<
  T extends object = object,
  M extends object = MessageMap,
> extends AsyncDisposable {
  /** The instance as it is without `dist()`. */
  readonly local: T;
  /** This member of the group. @throws ERR_CLOSED while not launched */
  readonly proxy: Proxy<M>;
  /** Joins the group and serves until closed, see {@link launch}. */
  launch(options?: LaunchOptions): Promise<void>;
  /**
   * Ends serving: the message that is being handled is finished, further ones are not begun. Resolves when
   * the group is left; within a handler, which would wait for itself, at once.
   */
  close(): Promise<void>;
}

/** Components by what they are launched by: an instance of a class, or the stand-in for a single instance. */
const components = new WeakMap<object, Component>();
/** Options of `dist()` by the prototype that carries them. */
const definitions = new WeakMap<object, AnyComponentOptions>();
/** The getters of {@link addMembers}. */
const getters = new WeakSet<object>();

/** Notes that the instances of a class are distributed with these options. */
export function define(prototype: object, options: AnyComponentOptions): void {
  definitions.set(prototype, options);
}

/** Makes `standIn` the component that `instance` is with these options. */
export function standFor(standIn: object, instance: object, options: AnyComponentOptions): void {
  components.set(standIn, new Component(instance, options));
}

/** Makes the instance this very component: that of the actor that it is. */
export function embody(instance: object, component: Component): void {
  components.set(instance, component);
}

/**
 * The component that an instance is by the nearest of its classes that was given to `dist()`, or that a
 * stand-in is.
 *
 * @throws ERR_CONFIG for anything that is not distributed.
 */
export function componentOf(instance: object): Component {
  const existing = components.get(instance);
  if (existing) return existing;
  const options = definitionFor(instance);
  if (!options) throw notDistributed(instance);
  const component = new Component(instance, options);
  components.set(instance, component);
  return component;
}

function definitionFor(instance: unknown): AnyComponentOptions | undefined {
  if (typeof instance !== "object") return undefined;
  for (let holder = instance; holder; holder = Object.getPrototypeOf(holder) as object | null) {
    const options = definitions.get(holder);
    if (options) return options;
  }
  return undefined;
}

function notDistributed(target: unknown): TroupeError {
  const help =
    'Decorate its class with @dist({ group: "…" }), or make it with dist({ group: "…" })(instance).';
  if (typeof target === "function") {
    const name = target.name || "Class";
    return new TroupeError(
      "ERR_CONFIG",
      `launch() takes an instance, and ${name} is a class or a function: launch(new ${name}()).`,
    );
  }
  if (typeof target !== "object" || target === null) {
    return new TroupeError("ERR_CONFIG", `launch() takes an instance, not ${String(target)}. ${help}`);
  }
  const name = (target.constructor as { name?: string } | undefined)?.name ?? "object";
  return new TroupeError("ERR_CONFIG", `This ${name} is not distributed. ${help}`);
}

/** The members of {@link Distributed} by name, each for a given instance. */
export const members: Readonly<Record<keyof Distributed, (instance: object) => unknown>> = {
  local: (instance) => componentOf(instance).local,
  proxy: (instance) => componentOf(instance).proxy,
  launch: (instance) => componentOf(instance).launch,
  close: (instance) => componentOf(instance).close,
  [Symbol.asyncDispose]: (instance) => componentOf(instance).close,
};

/**
 * Gives a prototype the members of {@link Distributed} that it does not have. An instance that sets one of
 * these names, as a field or in its constructor, gets an attribute of its own.
 */
export function addMembers(prototype: object): void {
  for (const key of Reflect.ownKeys(members) as (keyof Distributed)[]) {
    if (key in prototype) continue;
    const property = {
      get(this: object) {
        return members[key](this);
      },
      set(this: object, value: unknown) {
        Object.defineProperty(this, key, { value, enumerable: true, configurable: true, writable: true });
      },
      configurable: true,
    };
    getters.add(property.get);
    Object.defineProperty(prototype, key, property);
  }
}

/** Whether a key names a member that `dist()` adds to this instance, because the instance has none itself. */
export function isAdded(instance: object, key: PropertyKey): key is keyof Distributed {
  if (!Object.hasOwn(members, key)) return false;
  for (
    let holder: object | null = instance;
    holder;
    holder = Object.getPrototypeOf(holder) as object | null
  ) {
    const property = Reflect.getOwnPropertyDescriptor(holder, key);
    if (property) return property.get !== undefined && getters.has(property.get);
  }
  return true;
}
