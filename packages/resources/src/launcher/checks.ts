import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

/** Whether it is a text that the system can pass on to a program. */
export function isPlain(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}

/** For options that are texts, if they are there. */
export const textRule = {
  must: "a text that is not empty",
  holds: (value: unknown) => isPlain(value) && value !== "",
};

/** For what the names and ids of a launcher's jobs begin with. */
export const prefixRule = {
  must: 'at most 32 letters, digits, "_" and "-", a letter first',
  holds: (value: unknown) => typeof value === "string" && /^[A-Za-z][\w-]{0,31}$/.test(value),
};

/**
 * Holds an id against the form of those that the launcher gives.
 *
 * @param example One of that form.
 * @throws ERR_CONFIG
 */
export function checkId(id: unknown, form: RegExp, example: string): void {
  if (typeof id === "string" && form.test(id)) return;
  throw new TroupeError(
    "ERR_CONFIG",
    `stop(): the id must be one that launch() gave, such as ${inspect(example)}, not ${inspect(id)}.`,
  );
}
