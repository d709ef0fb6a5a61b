import { inspect } from "node:util";

import { TroupeError } from "./errors/troupe-error.js";
import { suggestion } from "./suggestion.js";

/**
 * Refuses options that nothing reads: one that is misspelt would be as if it were not there.
 *
 * @param what Takes them, for the message: `writer()`.
 * @param known All that there are.
 * @throws ERR_CONFIG naming the option, and what may be meant or all that there are
 */
export function checkKnown<T extends object>(
  what: string,
  options: T,
  known: readonly (keyof T & string)[],
): void {
  if (typeof options !== "object" || (options as T | null) === null || Array.isArray(options))
    throw new TroupeError("ERR_CONFIG", `${what}: options are an object, not ${inspect(options)}.`);
  for (const option in options) {
    if (known.includes(option)) continue;
    const meant = suggestion(option, known);
    const hint = meant === undefined ? `there are ${known.join(", ")}` : `${meant} may be meant`;
    throw new TroupeError("ERR_CONFIG", `${what}: there is no option ${option}; ${hint}.`, {
      details: { option },
    });
  }
}
