import { isThenable, Kind, TroupeError } from "@troupe/core";

import { hasObjects, withValues } from "./argument-objects.js";
import type { Call } from "./call.js";

/** A call as an actor's `onMessage` gets it. */
export interface InterceptedCall {
  readonly method: string;
  /** For a batch, the list of all argument lists. */
  readonly args: readonly unknown[];
  /** Does what the call asks for, and gives its result. */
  proceed(): unknown;
}

/** An actor that looks at each of its messages. */
interface Interceptor {
  onMessage(call: InterceptedCall): unknown;
}

/** Runs a call. Gives what the method gave, a promise perhaps. */
export function perform(call: Call): unknown {
  return hasObjects(call.kind, call.args) ? withValues(call, performWhole) : performWhole(call);
}

function performWhole(call: Call): unknown {
  const { cell, kind, name, args } = call;
  if (cell.intercepts && kind <= Kind.batch) {
    const intercepted: InterceptedCall = { method: name, args, proceed: () => run(call) };
    return (cell.instance as Interceptor).onMessage(intercepted);
  }
  return run(call);
}

function run(call: Call): unknown {
  const { cell, kind, args } = call;
  const method = call.method!;
  if (kind !== Kind.batch) return method.run.apply(cell.instance, args as unknown[]);
  const argsList = args as readonly unknown[][];
  if (method.batch === undefined) return runEach(call, argsList, new Array<unknown>(argsList.length), 0);
  return runWhole(call, method.batch, argsList);
}

/** One after the other, without a promise for those that return at once. */
function runEach(call: Call, argsList: readonly unknown[][], results: unknown[], from: number): unknown {
  const { instance } = call.cell;
  const { run: method } = call.method!;
  for (let index = from; index < argsList.length; index++) {
    let result: unknown;
    try {
      result = method.apply(instance, argsList[index]!);
    } catch (error) {
      throw withIndex(error, index);
    }
    if (isThenable(result)) return continueAfter(result, call, argsList, results, index);
    results[index] = result;
  }
  return results;
}

async function continueAfter(
  pending: PromiseLike<unknown>,
  call: Call,
  argsList: readonly unknown[][],
  results: unknown[],
  index: number,
): Promise<unknown> {
  try {
    results[index] = await pending;
  } catch (error) {
    throw withIndex(error, index);
  }
  // A caller that gave up does not need the rest.
  if (call.cancelled) throw call.cancelled;
  return runEach(call, argsList, results, index + 1);
}

async function runWhole(call: Call, name: string, argsList: readonly unknown[][]): Promise<unknown> {
  const { instance, record } = call.cell;
  const method = (instance as Record<string, (argsList: readonly unknown[][]) => unknown>)[name]!;
  const results = await method.call(instance, argsList);
  if (Array.isArray(results) && results.length === argsList.length) return results;
  throw new TroupeError(
    "ERR_CONFIG",
    `${record.path}.${name}() takes batches of "${call.name}" and must give as many results as it gets argument lists, ${argsList.length}.`,
    { details: { method: name, expected: argsList.length } },
  );
}

/** Says in the error's details which item failed. */
function withIndex(thrown: unknown, index: number): unknown {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
  const { details } = error as { details?: object };
  try {
    Object.defineProperty(error, "details", {
      value: { ...details, index },
      enumerable: true,
      configurable: true,
    });
  } catch {
    // A frozen error says no more than it does.
  }
  return error;
}
