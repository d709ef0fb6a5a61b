import { type MessageMap, TroupeError } from "@troupe/core";

import { addMembers, componentOf, define, type Distributed } from "./members.js";
import {
  type AnyComponentOptions,
  checkOptions,
  type ComponentOptions,
  type LaunchOptions,
} from "./options.js";
import { wrap } from "./wrapper.js";

/** A class whatever its parameters. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a mixin's constructor must take any[]
type Class<T extends object = object> = new (...args: any[]) => T;

/** An instance with what `dist()` adds to it; its own members come first. */
export type DistributedInstance<T extends object, M extends object = MessageMap> = T &
  Omit<Distributed<T, M>, keyof T>;

/** A class whose instances are components: `new` makes a local instance as ever, `launch()` lets it join. */
export type DistributedClass<C extends Class, M extends object = MessageMap> = Omit<C, "prototype"> & {
  new (...args: ConstructorParameters<C>): DistributedInstance<InstanceType<C>, M>;
  readonly prototype: InstanceType<C>;
};

/** `dist(options)`: a decorator of classes, and a function of classes and instances. */
export interface Distributor<T extends object, M extends object = MessageMap> {
  /** As `@dist(options)`: the class stays the very class, its instances become components. */
  <C extends Class<T>>(target: C, context: ClassDecoratorContext<C>): void;
  /** As `dist(options)(Class)`: a new class beside `Class`, which stays as it is. */
  <C extends Class<T>>(target: C): DistributedClass<C, M>;
  /** As `dist(options)(instance)`: a stand-in for the instance, which stays as it is. */
  <I extends T>(target: I): DistributedInstance<I, M>;
}

/**
 * Turns an ordinary class, or one instance, into a component of a group: an instance is local as before,
 * and once launched it handles the group's messages by type.
 *
 * ```ts
 * @dist<Greeter, Messages>({ group: "hello", handlers: { hello: (local, proxy, message) => proxy.reply(message, { body: local.greeting }) } })
 * class Greeter { greeting = "hi"; }
 *
 * await launch(new Greeter());
 * ```
 *
 * @typeParam T What handlers get as `local`. Inferred in `dist(Class, options)`; named in `dist<T, M>(options)`.
 * @typeParam M The program's message map, type → body. Without one, a form that names `T` has to say what its
 *   handlers get: `(local, proxy, message: Message)`.
 * @throws ERR_CONFIG for options or targets that cannot be; events are checked here as well.
 */
export function dist<T extends object = object, M extends object = MessageMap, K extends string = string>(
  options: ComponentOptions<T, M, K>,
): Distributor<T, M>;
export function dist<C extends Class, M extends object = MessageMap, K extends string = string>(
  target: C,
  options: ComponentOptions<InstanceType<C>, M, K>,
): DistributedClass<C, M>;
export function dist<C extends Class, M extends object = MessageMap, K extends string = string>(
  target: C,
  meta: ImportMeta,
  options: ComponentOptions<InstanceType<C>, M, K>,
): DistributedClass<C, M>;
export function dist(first: object, second?: object, third?: object): unknown {
  if (typeof first === "function") return derive(first as Class, checkOptions(third ?? second));
  const options = checkOptions(first);
  return (target: unknown, context?: ClassDecoratorContext) => distribute(target, context, options);
}

/**
 * Joins the group of a component and serves its messages, one at a time, until `close()`, the signal, SIGINT
 * or SIGTERM. Resolves once the group is left and nothing is held any more.
 *
 * A handler that throws ends nothing: it is logged, becomes a dead letter, and the request that it was
 * handling rejects with its error.
 *
 * @param component An instance of a distributed class, or what `dist(options)(instance)` gave.
 * @throws ERR_CONFIG for anything else; what `Proxy.join` throws; what `onStart` or `onStop` threw.
 */
export async function launch(component: object, options: LaunchOptions = {}): Promise<void> {
  await componentOf(component).launch(options);
}

function distribute(
  target: unknown,
  context: ClassDecoratorContext | undefined,
  options: AnyComponentOptions,
): unknown {
  if (context) {
    if (context.kind !== "class") throw misplaced(`a ${(context as { kind: string }).kind}`);
    const { prototype } = target as Class;
    define(prototype as object, options);
    addMembers(prototype as object);
    return undefined;
  }
  if (typeof target === "function") return derive(target as Class, options);
  if (typeof target !== "object" || target === null)
    throw misplaced(target === null ? "null" : typeof target);
  return wrap(target, options);
}

/** A subclass of the same name: the class itself may be a third party's, or be distributed twice. */
function derive(Base: Class, options: AnyComponentOptions): Class {
  if (typeof Base.prototype !== "object") throw misplaced("a function that is no class");
  const Derived = class extends Base {};
  Object.defineProperty(Derived, "name", { value: Base.name, configurable: true });
  define(Derived.prototype, options);
  addMembers(Derived.prototype);
  return Derived;
}

function misplaced(what: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `dist() takes a class or an instance, not ${what}.`);
}
