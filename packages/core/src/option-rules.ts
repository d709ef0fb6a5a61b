import { inspect } from "node:util";

import { TroupeError } from "./errors/troupe-error.js";
import { checkKnown } from "./known-options.js";

/** What each option must be, in words and as a test. One that is `undefined` is as if it were not there. */
export type OptionRules<T extends object> = Readonly<
  Record<keyof T & string, { readonly must: string; holds(value: unknown): boolean }>
>;

/**
 * Checks options that come from outside, names and values.
 *
 * @param what Takes them, for the message: `init()`.
 * @returns The same object.
 * @throws ERR_CONFIG naming the one that is unknown or wrong
 */
export function checkOptions<T extends object>(what: string, options: unknown, rules: OptionRules<T>): T {
  const names = Object.keys(rules) as (keyof T & string)[];
  const given = options as T;
  checkKnown(what, given, names);
  for (const option of names) {
    const value = given[option];
    if (value === undefined || rules[option].holds(value)) continue;
    throw new TroupeError(
      "ERR_CONFIG",
      `${what}: ${option} must be ${rules[option].must}, not ${inspect(value, { depth: 1 })}.`,
      { details: { option } },
    );
  }
  return given;
}
