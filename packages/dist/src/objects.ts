import type { WaitOptions } from "@troupe/core";
import {
  type ObjectRef,
  objects,
  type ValuesOf,
  type WaitForOptions,
  type WaitOutcome,
} from "@troupe/objects";

/**
 * Puts a value into the object store, as it is now, and gives a reference to it, which may travel in any message. What
 * is large (from 64 KiB) is copied into shared memory once, where every process of this machine reads it in place.
 *
 * @throws ERR_NOT_SERIALIZABLE, ERR_STORE_FULL (in a pool, ERR_STORE_FULL comes with `get`)
 */
export function put<T>(value: T): ObjectRef<T> {
  return objects.put(value);
}

/**
 * The value of an object, or those of several, in their order; waits for those that are not there yet. Arrays of a large
 * object are views of shared memory: no copy, and what is written to them stays in this process.
 *
 * @throws Why an object failed; ERR_OBJECT_LOST, ERR_TIMEOUT, ERR_CANCELLED, ERR_CONFIG for what is no reference
 */
export function get<T>(ref: ObjectRef<T>, options?: WaitOptions): Promise<T>;
export function get<const R extends readonly ObjectRef[]>(
  refs: R,
  options?: WaitOptions,
): Promise<ValuesOf<R>>;
export function get(refs: ObjectRef | readonly ObjectRef[], options?: WaitOptions): Promise<unknown> {
  return objects.get(refs as ObjectRef, options);
}

/**
 * Waits until `count` of the objects, 1 by default, are ready or have failed, or the `timeout` is over.
 *
 * @throws ERR_CANCELLED, ERR_CONFIG
 */
export function wait<R extends ObjectRef>(
  refs: readonly R[],
  options?: WaitForOptions,
): Promise<WaitOutcome<R>> {
  return objects.wait(refs, options);
}
