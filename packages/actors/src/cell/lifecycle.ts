import { Kind } from "@troupe/core";

import type { ActorClass, ActorDefinition } from "../definition/definition.js";
import { shared } from "../shared.js";
import { Call } from "./call.js";
import type { Cell } from "./cell.js";
import type { InterceptedCall } from "./perform.js";

/** Lifecycle methods of an actor, called when present. */
export interface Lifecycle {
  onStart?(): unknown;
  onStop?(reason: string): unknown;
  onMessage?(call: InterceptedCall): unknown;
  onChildFailed?(child: object, error: unknown): unknown;
}

/** The instance of an actor. @throws What its constructor throws. */
export function makeInstance(definition: ActorDefinition, args: readonly unknown[]): object {
  const { target, isCallable } = definition;
  return isCallable ? target : new (target as ActorClass)(...args);
}

/** Whether an actor is a resource, which is given back with it. */
export function isResource(
  definition: ActorDefinition,
  instance: object | undefined,
): instance is AsyncDisposable {
  return (
    !definition.isCallable &&
    typeof (instance as Partial<AsyncDisposable>)[Symbol.asyncDispose] === "function"
  );
}

/** Runs a lifecycle method as a call of its own. @throws What that throws. */
export async function runLifecycle<T>(cell: Cell, name: string, work: () => T): Promise<Awaited<T>> {
  const call = lifecycleCall(cell, name);
  try {
    return await shared.running.run(call, work);
  } finally {
    endLifecycleCall(call);
  }
}

/** What runs when an actor runs without being called. */
export function lifecycleCall(cell: Cell, name: string): Call {
  const call = new Call(cell, Kind.system, name, [], undefined, 0);
  call.state = "running";
  return call;
}

export function endLifecycleCall(call: Call): void {
  call.state = "over";
  call.hasLeft = true;
}

/** Tells an actor that a child of its failed: beside what it does, as that may wait for the child. */
export async function childFailed(cell: Cell, child: object, error: unknown): Promise<unknown> {
  const { instance, definition } = cell;
  const { onChildFailed } = (instance ?? {}) as Lifecycle;
  if (definition.isCallable || typeof onChildFailed !== "function") return undefined;
  return runLifecycle(cell, "onChildFailed", () => onChildFailed.call(instance, child, error));
}
