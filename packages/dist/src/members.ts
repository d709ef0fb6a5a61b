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
  /** Ends serving; resolves when the group is left. */
  close(): Promise<void>;
}

/** Components by the instance that they are for. */
const components = new WeakMap<object, Component>();
/** Options of `dist()` by what carries them: a prototype, or a single instance. */
const definitions = new WeakMap<object, AnyComponentOptions>();
/** Instances by the wrapper that stands for them. */
const wrapped = new WeakMap<object, object>();

/** Notes that `carrier`, a prototype or an instance, is distributed with these options. */
export function define(carrier: object, options: AnyComponentOptions): void {
  definitions.set(carrier, options);
}

/** Notes that `wrapper` stands for `instance`. */
export function standFor(wrapper: object, instance: object): void {
  wrapped.set(wrapper, instance);
}

/**
 * The component of an instance: by its own options, else by those of the nearest class that was given to `dist()`.
 *
 * @throws ERR_CONFIG for anything that is not distributed.
 */
export function componentOf(target: object): Component {
  const instance = wrapped.get(target) ?? target;
  const existing = components.get(instance);
  if (existing) return existing;
  for (
    let carrier: object | null = instance;
    carrier;
    carrier = Object.getPrototypeOf(carrier) as object | null
  ) {
    const options = definitions.get(carrier);
    if (!options) continue;
    const component = new Component(instance, options);
    components.set(instance, component);
    return component;
  }
  const { name } = instance.constructor as { name?: string };
  throw new TroupeError(
    "ERR_CONFIG",
    `This ${name ?? "object"} is not distributed. Decorate its class with @dist({ group: "…" }), or make it with dist({ group: "…" })(instance).`,
  );
}

/** The members of {@link Distributed} by name, each for a given instance. */
export const members: Readonly<Record<keyof Distributed, (instance: object) => unknown>> = {
  local: (instance) => componentOf(instance).local,
  proxy: (instance) => componentOf(instance).proxy,
  launch:
    (instance) =>
    (options: LaunchOptions = {}) =>
      componentOf(instance).launch(options),
  close: (instance) => () => componentOf(instance).close(),
  [Symbol.asyncDispose]: (instance) => () => componentOf(instance).close(),
};

/**
 * Gives a prototype the members of {@link Distributed} that it does not have. An instance that sets one of
 * these names, as a field or in its constructor, gets an attribute of its own.
 */
export function addMembers(prototype: object): void {
  for (const key of Reflect.ownKeys(members) as (keyof Distributed)[]) {
    if (key in prototype) continue;
    Object.defineProperty(prototype, key, {
      get(this: object) {
        return members[key](this);
      },
      set(this: object, value: unknown) {
        Object.defineProperty(this, key, { value, enumerable: true, configurable: true, writable: true });
      },
      configurable: true,
    });
  }
}
