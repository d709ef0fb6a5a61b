import type { MaybePromise } from "@troupe/cluster";
import { TroupeError } from "@troupe/core";
import type { ObjectRef } from "@troupe/objects";

import { unsentOf } from "../submit/errors.js";
import { type Form, type Formed, formOf } from "../values/form.js";
import type { Run } from "./run.js";

/** What a run gives, as it travels. @throws ERR_NOT_SERIALIZABLE naming the task; ERR_STORE_FULL; also by the promise */
export function resultOf({ kind }: Run, value: unknown, name = "result"): MaybePromise<Formed> {
  const unsent = (error: unknown) => unsentOf(kind.name, name, error);
  try {
    const formed = formOf(value);
    return formed instanceof Promise
      ? formed.catch((error: unknown) => Promise.reject(unsent(error)))
      : formed;
  } catch (error) {
    throw unsent(error);
  }
}

/** The values that a run gives by its option `returns`. @throws As {@link resultOf}; ERR_CONFIG for what is not as many */
export async function resultsOf(
  run: Run,
  value: unknown,
): Promise<{ readonly form: readonly Form[]; readonly refs: readonly ObjectRef[] }> {
  const all = await Promise.all(
    severalOf(run, value).map(async (one, index) => resultOf(run, one, `result[${index}]`)),
  );
  return { form: all.map(({ form }) => form), refs: all.flatMap(({ refs }) => refs) };
}

function severalOf({ kind, options }: Run, value: unknown): readonly unknown[] {
  const { returns } = options;
  if (Array.isArray(value) && value.length === returns) return value;
  const what = Array.isArray(value) ? `an array of ${value.length}` : `a value of type ${typeof value}`;
  throw new TroupeError(
    "ERR_CONFIG",
    `The task ${kind.name} is to give an array of ${returns} values, by its option returns, and gave ${what}.`,
    { details: { task: kind.name, returns } },
  );
}
