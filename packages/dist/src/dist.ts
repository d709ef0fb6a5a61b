import { type ActorOptions, isClass } from "@troupe/actors";
import { type MessageMap, TroupeError } from "@troupe/core";

import { type ActorStatics, makeActorClass } from "./actor/actor-class.js";
import { type Callable, makePot, type Pot } from "./actor/pot.js";
import { checkDistOptions, type DistOptions } from "./dist-options.js";
import { addMembers, componentOf, define, type Distributed } from "./members.js";
import { type DefiningModule, definingModule } from "./module/defining-module.js";
import type { ComponentOptions, LaunchOptions } from "./options.js";
import { wrap } from "./wrapper.js";

/** A class whatever its parameters. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a mixin's constructor must take any[]
type Class<T extends object = object> = new (...args: any[]) => T;

/**
 * Options of a class: as an actor, which every one has, and as a component, for one that joins a group. With both,
 * its actors are members of the group as well.
 */
export type ClassOptions<
  T extends object = object,
  M extends object = MessageMap,
  K extends string = string,
> = Partial<ComponentOptions<T, M, K>> &
  ActorOptions & {
    /**
     * Where pools find the class, when that is not the module that gives it to `dist()`: a URL, a path from that
     * module, or the name of a package that exports it.
     */
    readonly module?: string | undefined;
  };

/** Those of a class that joins a group. */
export type MemberOptions<
  T extends object = object,
  M extends object = MessageMap,
  K extends string = string,
> = ClassOptions<T, M, K> & { readonly group: string };

/** An instance with what `dist()` adds to it; its own members come first. */
export type DistributedInstance<T extends object, M extends object = MessageMap> = T &
  Omit<Distributed<T, M>, keyof T>;

type StaticsOf<C extends Class> = ActorStatics<ConstructorParameters<C>, InstanceType<C>>;

/** The class as it is, or without those static members that give way. */
type WithoutStatics<C extends Class> = keyof C & keyof StaticsOf<C> extends never
  ? C
  : Omit<C, "prototype" | keyof StaticsOf<C>> & {
      new (...args: ConstructorParameters<C>): InstanceType<C>;
      readonly prototype: InstanceType<C>;
    };

/** A class that actors are made of: `new` makes a local instance as ever, `create()` an actor in another process. */
export type ActorClassOf<C extends Class> = WithoutStatics<C> & StaticsOf<C>;

/** A class that joins a group: an instance can be launched, and an actor is a member as well. */
export type DistributedClass<C extends Class, M extends object = MessageMap> = Omit<
  C,
  "prototype" | keyof StaticsOf<C>
> &
  StaticsOf<C> & {
    new (...args: ConstructorParameters<C>): DistributedInstance<InstanceType<C>, M>;
    readonly prototype: InstanceType<C>;
  };

/** `dist(options)` without a group: a decorator of classes, and a function of classes and functions. */
export interface ActorDistributor<T extends object> {
  /** As `@dist(options)`: the class stays the very class. */
  <C extends Class<T>>(target: C, context: ClassDecoratorContext<C>): void;
  /** As `dist(options)(Class)`: a new class beside `Class`, which stays as it is. */
  <C extends Class<T>>(target: C): ActorClassOf<C>;
  /** As `dist(options)(fn)`: an actor that is called itself. */
  <F extends Callable>(target: F): Pot<F>;
}

/** `dist(options)` with a group: a decorator of classes, and a function of classes and instances. */
export interface Distributor<T extends object, M extends object = MessageMap> {
  /** As `@dist(options)`: the class stays the very class. */
  <C extends Class<T>>(target: C, context: ClassDecoratorContext<C>): void;
  /** As `dist(options)(Class)`: a new class beside `Class`, which stays as it is. */
  <C extends Class<T>>(target: C): DistributedClass<C, M>;
  /** As `dist(options)(instance)`: a stand-in for the instance, which stays as it is. */
  <I extends T>(target: I): DistributedInstance<I, M>;
}

/**
 * Turns an ordinary class into a distributed one. As an **actor** an instance lives in another process and is called
 * through a typed reference; as a **component** an instance joins a group and handles its messages by type. A
 * function becomes an actor that is called itself.
 *
 * ```ts
 * export const Counter = dist(class Counter {
 *   count = 0;
 *   add(n: number) { return (this.count += n); }
 * }, import.meta);
 *
 * const counter = await Counter.create(); // in a pool
 * await counter.add(2); // 2
 *
 * @dist<Greeter, Messages>({ group: "hello", handlers: { hello: (local, proxy, message) => proxy.reply(message, { body: local.greeting }) } })
 * class Greeter { greeting = "hi"; }
 *
 * await launch(new Greeter());
 * ```
 *
 * Pools import the module that calls `dist()`; `import.meta` tells which, and without it the stack does.
 *
 * @typeParam T What handlers get as `local`. Inferred in `dist(Class, options)`; named in `dist<T, M>(options)`.
 * @typeParam M The program's message map, type → body. Without one, a form that names `T` has to say what its
 *   handlers get: `(local, proxy, message: Message)`.
 * @throws ERR_CONFIG for options or targets that cannot be; events are checked here as well. ERR_MODULE.
 */
export function dist<C extends Class, M extends object = MessageMap, K extends string = string>(
  target: C,
  options: MemberOptions<InstanceType<C>, M, K>,
): DistributedClass<C, M>;
export function dist<C extends Class, M extends object = MessageMap, K extends string = string>(
  target: C,
  meta: ImportMeta,
  options: MemberOptions<InstanceType<C>, M, K>,
): DistributedClass<C, M>;
export function dist<C extends Class>(target: C, options?: ClassOptions): ActorClassOf<C>;
export function dist<C extends Class>(target: C, meta: ImportMeta, options?: ClassOptions): ActorClassOf<C>;
export function dist<F extends Callable>(fn: F, options?: ClassOptions): Pot<F>;
export function dist<F extends Callable>(fn: F, meta: ImportMeta, options?: ClassOptions): Pot<F>;
export function dist<T extends object = object, M extends object = MessageMap, K extends string = string>(
  options: MemberOptions<T, M, K>,
): Distributor<T, M>;
export function dist<T extends object = object>(options: ClassOptions<T>): ActorDistributor<T>;
export function dist(first: object, second?: object, third?: object): unknown {
  if (typeof first === "function") {
    const meta = isImportMeta(second) ? second : undefined;
    const options = checkDistOptions((meta ? third : second) ?? {});
    return distributeFunction(first, definingModule(meta, options.module), options);
  }
  const options = checkDistOptions(first);
  const module = definingModule(undefined, options.module);
  return (target: unknown, context?: ClassDecoratorContext) => distribute(target, context, module, options);
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
  module: DefiningModule,
  options: DistOptions,
): unknown {
  if (context) {
    if (context.kind !== "class") throw misplaced(`a ${(context as { kind: string }).kind}`);
    makeComponent(target as Class, options);
    // Once the class is whole: what its other decorators say, and its static members, are to count.
    context.addInitializer(function (this: unknown) {
      makeActor(this as Class, undefined, module, options);
    });
    return undefined;
  }
  if (typeof target === "function") return distributeFunction(target, module, options);
  if (typeof target !== "object" || target === null)
    throw misplaced(target === null ? "null" : typeof target);
  if (!options.component)
    throw new TroupeError("ERR_CONFIG", 'An instance joins a group by dist(): say which, as { group: "…" }.');
  return wrap(target, options.component);
}

function distributeFunction(target: object, module: DefiningModule, options: DistOptions): unknown {
  if (isClass(target)) return derive(target as Class, module, options);
  if (options.component) throw misplaced("a function that is no class, for a group");
  return makePot(target as Callable, module, options);
}

/** A subclass of the same name: the class itself may be a third party's, or be distributed twice. */
function derive(Base: Class, module: DefiningModule, options: DistOptions): Class {
  const Derived = class extends Base {};
  Object.defineProperty(Derived, "name", { value: Base.name, configurable: true });
  makeComponent(Derived, options);
  makeActor(Derived, Base, module, options);
  return Derived;
}

function makeComponent({ prototype }: Class, { component }: DistOptions): void {
  if (!component) return;
  define(prototype as object, component);
  addMembers(prototype as object);
}

function makeActor(
  Class: Class,
  base: Class | undefined,
  module: DefiningModule,
  options: DistOptions,
): void {
  if (module.isForeign && options.component) {
    throw new TroupeError(
      "ERR_CONFIG",
      `Pools would import ${Class.name} from ${module.url}, and know nothing of the group "${options.component.group}" and its handlers, which are said here: leave the option module out.`,
    );
  }
  // Pools find a class by its name; one without can be a component all the same.
  if (Class.name === "" && options.component) return;
  makeActorClass(Class, base, module, options);
}

function isImportMeta(value: object | undefined): value is ImportMeta {
  return value !== undefined && typeof (value as Partial<ImportMeta>).url === "string";
}

function misplaced(what: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `dist() takes a class, a function or an instance, not ${what}.`);
}
