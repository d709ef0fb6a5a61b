import { type Expected, type ObjectRef, objects, type StoredValue } from "@troupe/objects";

import type { Form } from "./form.js";

/** Gives an object its value. */
export function settle(expected: Expected, form: Form, refs?: readonly ObjectRef[]): void {
  if (Array.isArray(form)) expected.settle(form as StoredValue, refs);
  else expected.settle(objects.storeSmall(form as Exclude<Form, StoredValue>), refs);
}

/** Gives back what nobody wants. @param count How many forms it is; one by itself when absent. */
export function discard(
  form: Form | readonly Form[],
  count: number | undefined,
  refs: readonly ObjectRef[] | null = null,
): void {
  for (const one of count === undefined ? [form as Form] : (form as readonly Form[])) {
    if (!Array.isArray(one)) continue;
    const expected = objects.expect();
    expected.ref.release();
    expected.settle(one as StoredValue);
  }
  for (const ref of refs ?? []) ref.release();
}
