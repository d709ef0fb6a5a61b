import { inspect } from "node:util";

import { suggestion, TroupeError } from "@troupe/core";

/** What each option must be, by its name. */
export type Rules<T> = Readonly<
  Record<keyof T & string, { readonly must: string; readonly holds: (value: unknown) => boolean }>
>;

/**
 * @param what Takes the options, for the message.
 * @throws ERR_CONFIG naming an option that is unknown or wrong.
 */
export function checkOptions<T extends object>(what: string, options: T, rules: Rules<T>): void {
  const names = Object.keys(rules) as (keyof T & string)[];
  if (typeof options !== "object" || (options as T | null) === null)
    throw wrong(what, `takes its options as an object, not ${inspect(options)}`);
  for (const name of Object.keys(options)) {
    if (names.includes(name as keyof T & string)) continue;
    const meant = suggestion(name, names);
    const hint = meant === undefined ? `there are ${names.join(", ")}` : `${meant} may be meant`;
    throw wrong(what, `has no option ${name}; ${hint}`, name);
  }
  for (const name of names) {
    const { must, holds } = rules[name];
    if (!holds(options[name]))
      throw wrong(what, `wants ${must} for ${name}, not ${inspect(options[name], { depth: 0 })}`, name);
  }
}

function wrong(what: string, problem: string, option?: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `${what} ${problem}.`, { details: { option } });
}
