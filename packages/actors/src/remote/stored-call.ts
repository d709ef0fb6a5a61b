import { TroupeError } from "@troupe/core";
import {
  type Expected,
  type MaybePromise,
  type ObjectRef,
  objects,
  type Source,
  type StoredValue,
} from "@troupe/objects";

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

/** A call whose result stays in the object store. */
export class StoredCall implements Source {
  /** Why, once it was given up. */
  cancelled: TroupeError | undefined;
  /** Ends it where it is under way. */
  giveUp: ((error: Error) => void) | undefined;

  constructor(
    private readonly expected: Expected,
    /** For messages. */
    private readonly what: string,
  ) {}

  cancel(): void {
    this.cancelled = new TroupeError("ERR_CANCELLED", `${this.what}() was cancelled.`);
    this.giveUp?.(this.cancelled);
    this.expected.fail(this.cancelled);
  }
}

/** Calls a method whose result stays in the object store, and gives a reference to it at once; it may be cancelled. */
export function callStored(caller: Caller, question: Question, options: CallOptions): ObjectRef {
  const expected = objects.expect();
  const stored = new StoredCall(expected, `${question.handle.record.path}.${question.name}`);
  expected.comesFrom(stored);
  caller.askWith({ ...question, stored }, options).then(
    (result) => expected.settle(...(result as StoredResult)),
    (error: unknown) => expected.fail(error),
  );
  return expected.ref;
}
