import { type MaybePromise, type ObjectRef, objects, type StoredValue } from "@troupe/objects";

import type { CallOptions } from "./call-options.js";
import type { Caller, Question } from "./caller.js";

/** A result where it is stored, and the references in it. */
type StoredResult = readonly [stored: StoredValue, refs: readonly ObjectRef[]];

/** Puts a result into the object store, for the caller to own. @throws ERR_NOT_SERIALIZABLE, ERR_STORE_FULL */
export function storedResult(value: unknown): MaybePromise<StoredResult> {
  const result = objects.store(value);
  return result instanceof Promise
    ? result.then(({ stored, refs }) => [stored, refs])
    : [result.stored, result.refs];
}

/** Calls a method whose result stays in the object store, and gives a reference to it at once. */
export function callStored(caller: Caller, question: Question, options: CallOptions): ObjectRef {
  const expected = objects.expect();
  caller.askWith({ ...question, isStored: true }, options).then(
    (result) => expected.settle(...(result as StoredResult)),
    (error: unknown) => expected.fail(error),
  );
  return expected.ref;
}
