import { joinStacks } from "@troupe/core";

/**
 * Rejects with an error that was thrown in another process, and adds to its stack that of the call here.
 *
 * A call's promise is resolved with this one when it fails, and V8 then knows who awaits it: so the stack costs nothing
 * until there is a failure. To be called with a promise that is pending.
 */
export async function withLocalStack(error: Error, from: string): Promise<never> {
  // The first turn ties this promise to the call's, and only from the second on can it be seen from here.
  await turn;
  await turn;
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, withLocalStack);
  const stack = joinStacks(
    error.stack ?? String(error),
    `thrown in ${from}, which was called here`,
    here.stack ?? "",
  );
  Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true });
  throw error;
}

const turn = Promise.resolve();
