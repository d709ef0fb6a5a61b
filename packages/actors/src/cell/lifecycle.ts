import { Kind } from "@troupe/core";

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

/** What runs when an actor runs without being called. */
export function lifecycleCall(cell: Cell, name: string): Call {
  const call = new Call(cell, Kind.system, name, [], undefined, 0);
  call.state = "running";
  call.isActive = true;
  return call;
}

export function endLifecycleCall(call: Call): void {
  call.state = "over";
  call.isActive = false;
}
