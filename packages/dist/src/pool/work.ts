import type { CallOptions, Remote, RemoteResult } from "@troupe/actors";

/** What a pool does with an item: calls one of its actors. */
export type PoolWork<T extends object, I, R> = (
  actor: Remote<T>,
  item: I,
  /** For the calls that it makes, by `with(options)`: what they have of time, and the signal by which they are given up. */
  options: Pick<CallOptions, "signal" | "timeout">,
) => R | PromiseLike<R>;

/** Names of the methods of `T` that can be called with one item. */
export type ItemMethod<T> = {
  [K in keyof T & string]: T[K] extends (item: never) => unknown ? K : never;
}[keyof T & string];

/** What such a method takes. */
export type ItemOf<T, K extends keyof T> = T[K] extends (...args: infer A) => unknown ? A[0] : never;

/** What a call of it gives. */
export type ResultOf<T, K extends keyof T> = T[K] extends (...args: never) => infer R
  ? RemoteResult<R>
  : never;

/** The work that calls the method of that name. */
export function callOf<T extends object>(method: string): PoolWork<T, unknown, unknown> {
  return (actor, item, options) => (actor as Remote<Methods>)[method]!.with(options)(item);
}

/** Any class's. */
type Methods = Readonly<Record<string, (item: unknown) => Promise<unknown>>>;
