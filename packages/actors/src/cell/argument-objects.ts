import { Kind } from "@troupe/core";
import { isObjectRef, mayHaveObjectRefs, type ObjectRef, objects } from "@troupe/objects";

import type { Call } from "./call.js";

/** Whether references to objects stand for arguments of a call. */
export function hasObjects(kind: number, args: readonly unknown[]): boolean {
  if (!mayHaveObjectRefs()) return false;
  if (kind !== Kind.batch) return hasReference(args);
  for (let index = 0; index < args.length; index++)
    if (hasReference(args[index] as readonly unknown[])) return true;
  return false;
}

/** The references that stand for arguments of a call. */
export function objectsOf(kind: number, args: readonly unknown[]): ObjectRef[] {
  return (kind === Kind.batch ? args.flat() : args).filter(isObjectRef);
}

/**
 * Runs a call with the values of the objects among its arguments in their places. Whoever sent it has waited until they
 * were there. References within other arguments stay what they are.
 *
 * @throws Why an object failed, ERR_OBJECT_LOST
 */
export async function withValues(call: Call, run: (call: Call) => unknown): Promise<unknown> {
  const { kind, args } = call;
  call.args = await (kind === Kind.batch ? Promise.all((args as unknown[][]).map(valuesOf)) : valuesOf(args));
  // Whoever gave up meanwhile does not need it any more.
  if (call.cancelled) throw call.cancelled;
  return run(call);
}

function hasReference(args: readonly unknown[]): boolean {
  for (let index = 0; index < args.length; index++) if (isObjectRef(args[index])) return true;
  return false;
}

function valuesOf(args: readonly unknown[]): Promise<unknown[]> {
  return Promise.all(args.map((arg) => (isObjectRef(arg) ? objects.get(arg) : arg)));
}
