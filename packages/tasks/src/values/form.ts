import { objects, type ObjectRef, type StoredValue } from "@troupe/objects";
import type { MaybePromise } from "@troupe/cluster";

/** What travels as it is: it cannot change, and takes no more room than its place in a message. */
export type Plain = string | number | boolean | bigint | null | undefined;

/** An argument or a result as it travels. A stored value is an array, which no plain one is. */
export type Form = Plain | StoredValue;

/** A form, and the references that are in the value. */
export interface Formed {
  readonly form: Form;
  readonly refs: readonly ObjectRef[];
}

/** Characters of a text that is no longer carried along as it is. */
const longText = 4_096;

export const noRefs: readonly ObjectRef[] = [];

export function isPlain(value: unknown): value is Plain {
  switch (typeof value) {
    case "number":
    case "boolean":
    case "undefined":
    case "bigint":
      return true;
    case "string":
      return value.length < longText;
    default:
      return value === null;
  }
}

/**
 * A value as it travels.
 *
 * @param isHasty Whether it may change as soon as this returns.
 * @throws ERR_NOT_SERIALIZABLE, ERR_STORE_FULL
 */
export function formOf(value: unknown, isHasty = false): MaybePromise<Formed> {
  if (isPlain(value)) return { form: value, refs: noRefs };
  const stored = objects.store(value, isHasty);
  return stored instanceof Promise ? stored.then(asFormed) : asFormed(stored);
}

function asFormed({
  stored,
  refs,
}: {
  readonly stored: StoredValue;
  readonly refs: readonly ObjectRef[];
}): Formed {
  return { form: stored, refs };
}

/** The value again, in whichever process. @throws ERR_OBJECT_LOST */
export function valueOf(form: Form): unknown {
  return Array.isArray(form) ? objects.load(form as StoredValue) : form;
}
