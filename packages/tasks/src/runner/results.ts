import { TroupeError } from "@troupe/core";

import type { Run } from "./run.js";

/** The values that a run gives by its option `returns`. @throws ERR_CONFIG for what is not as many */
export function severalOf({ kind, options }: Run, value: unknown): readonly unknown[] {
  const { returns } = options;
  if (Array.isArray(value) && value.length === returns) return value;
  const what = Array.isArray(value) ? `an array of ${value.length}` : `a value of type ${typeof value}`;
  throw new TroupeError(
    "ERR_CONFIG",
    `The task ${kind.name} is to give an array of ${returns} values, by its option returns, and gave ${what}.`,
    { details: { task: kind.name, returns } },
  );
}
