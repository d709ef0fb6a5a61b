import { joinStacks } from "@troupe/core";

/** Errors that say where they were awaited. */
const told = new WeakSet<Error>();

/**
 * Adds to the stack of an error from elsewhere that of whoever awaits it. To be called in an async function, after its
 * `await`: V8 then knows who awaits that, so that the stack costs nothing until there is a failure.
 */
export function awaitedHere(error: unknown): unknown {
  if (!(error instanceof Error) || told.has(error)) return error;
  told.add(error);
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, awaitedHere);
  const stack = joinStacks(error.stack ?? String(error), "awaited here", here.stack ?? "");
  Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true });
  return error;
}
