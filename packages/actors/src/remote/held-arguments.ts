import { Kind } from "@troupe/core";
import { isObjectRef, objects } from "@troupe/objects";

import { objectsOf } from "../cell/argument-objects.js";
import { copy } from "../runtime/replies.js";
import type { Handle } from "./handle.js";

/** Arguments of a message that is sent later. */
export interface HeldArguments {
  readonly args: readonly unknown[];
  /** Nobody needs them any more. */
  release(): void;
}

/**
 * Arguments as they are now, whatever their sender does to them before they are sent, or to references among them. Those
 * that go to an actor of this process are the very objects, as always, but for these references.
 *
 * @throws ERR_NOT_SERIALIZABLE; ERR_OBJECT_LOST for a reference that was released
 */
export function holdArguments(handle: Handle, kind: number, args: readonly unknown[]): HeldArguments {
  const { cell } = handle;
  if (!cell || cell.plan.isolate) return releasing(kind, copy(args) as unknown[]);
  const held = kind === Kind.batch ? (args as readonly unknown[][]).map(retained) : retained(args);
  // A tell is accepted before its arguments are read: its references are given back when they are collected.
  return kind === Kind.tell ? { args: held, release() {} } : releasing(kind, held);
}

function retained(args: readonly unknown[]): unknown[] {
  return args.map((arg) => (isObjectRef(arg) ? objects.retain(arg) : arg));
}

function releasing(kind: number, args: readonly unknown[]): HeldArguments {
  const refs = objectsOf(kind, args);
  return {
    args,
    release() {
      for (const ref of refs) ref.release();
    },
  };
}
