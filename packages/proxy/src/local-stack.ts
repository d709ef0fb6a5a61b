import { joinStacks } from "@troupe/core";

/** Adds the stack of the caller, which an error made elsewhere cannot have. Called in the caller's async function. */
export function withLocalStack(error: unknown, crossing: string): unknown {
  if (!(error instanceof Error)) return error;
  Object.defineProperty(error, "stack", {
    value: joinStacks(error.stack ?? String(error), crossing, new Error().stack ?? ""),
    configurable: true,
    writable: true,
  });
  return error;
}
