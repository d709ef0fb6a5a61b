import type { WaitOptions } from "@troupe/core";
import type { ObjectRef } from "@troupe/objects";

import type { AnyFunction } from "./definition/definition.js";
import type { TaskOptions } from "./definition/task-options.js";

/** An argument of a task: a value, or a reference to one, which the task gets as its value. */
export type TaskArg<T> = T | ObjectRef<T>;

/** The arguments of a task, each as a value or as a reference. */
export type TaskArgs<A extends readonly unknown[]> = { [I in keyof A]: TaskArg<A[I]> };

/** What `submit` gives: a ref to the result; of a function that yields, the refs of its items as they come. */
export type Submitted<R> = [R] extends [never]
  ? ObjectRef<never>
  : [R] extends [AsyncGenerator<infer T> | Generator<infer T>]
    ? AsyncIterableIterator<ObjectRef<T>>
    : ObjectRef<Awaited<R>>;

/** With `returns`: a ref to each of the values. */
export type SubmittedMany<R> = Awaited<R> extends infer T extends readonly unknown[] ? RefsOf<T> : never;

type RefsOf<T extends readonly unknown[]> = { -readonly [I in keyof T]: ObjectRef<T[I]> };

/** Options of `map`. */
export interface TaskMapOptions extends WaitOptions {
  /** Tasks under way at a time, at most. Default 256. */
  readonly concurrency?: number | undefined;
  /** Whether results come in the order of their items. Default `true`; if not, as they are there. */
  readonly ordered?: boolean | undefined;
}

/** The values that `map` gives, as they come. Leaving the loop cancels what is under way. */
export interface TaskMap<T> extends AsyncIterableIterator<T> {
  /** How many items there are; `undefined` where only the end will tell. */
  readonly total: number | undefined;
  /** How many values were given so far. */
  readonly completed: number;
}

/** A function that also runs elsewhere. Called, it runs here and now, as ever. */
export type Task<F extends AnyFunction, O extends TaskOptions = TaskOptions> = F & TaskMembers<F, O>;

/** What a task has beside the function. */
export interface TaskMembers<F extends AnyFunction, O extends TaskOptions = TaskOptions> {
  /**
   * Has it run in a pool, and gives a ref to its result at once. An argument that is a ref is its value by then; one
   * within an argument stays a ref. Arguments are taken down as they are now.
   *
   * Of a generator function it gives the refs of the items, as they come: it runs ahead by 64 of them. With `returns`
   * it gives a ref to each of its values.
   *
   * What goes wrong later is told by `get`: what the function throws; ERR_ACTOR_DIED, ERR_TIMEOUT, ERR_CANCELLED,
   * ERR_NO_RESOURCES, ERR_MODULE, ERR_CLOSED, and why an argument failed.
   *
   * @throws ERR_NOT_SERIALIZABLE, ERR_STORE_FULL, ERR_OBJECT_LOST for a ref that was released, ERR_MODULE,
   *   ERR_ENTRY_MODULE
   */
  submit(
    ...args: TaskArgs<Parameters<F>>
  ): O extends { readonly returns: number } ? SubmittedMany<ReturnType<F>> : Submitted<ReturnType<F>>;
  /**
   * Has it run for each of the items, and gives the values. Items are asked for as there is room.
   *
   * @throws What a run threw, or the items; those under way are cancelled then.
   */
  map(
    items: Iterable<TaskArg<Parameters<F>[0]>> | AsyncIterable<TaskArg<Parameters<F>[0]>>,
    options?: TaskMapOptions,
  ): TaskMap<Awaited<ReturnType<F>>>;
  /** The same function with other options. */
  with<P extends TaskOptions>(options: P): Task<F, Omit<O, keyof P> & P>;
}
