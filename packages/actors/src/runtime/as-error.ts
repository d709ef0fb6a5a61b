import { inspect } from "node:util";

/** What was thrown as an error, which is what travels. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === "string" ? thrown : inspect(thrown), { cause: thrown });
}
