import { TroupeError } from "@troupe/core";

import type { MaybePromise } from "../maybe-promise.js";
import type { ObjectPort } from "../port.js";
import type { HostStore } from "../store/host-store.js";
import type { StoredAt } from "../store/stored-at.js";

/** The system request by which other processes of a host reach its store. */
export const memoryOp = "object-memory";

/** What they ask for: a method of the store, and a number or a name. */
export type MemoryRequest =
  | readonly ["create", byteLength: number]
  | readonly ["seal" | "pin" | "unpin" | "keep" | "delete", key: number]
  | readonly ["adopt", segment: string];

/** A new object's key, and where it is to be written. */
export interface Created {
  readonly key: number;
  readonly at: StoredAt;
}

let clusters = 0;

/** Lets the other processes of a cluster use the store of this one. */
export function serveMemory(store: () => HostStore, port: ObjectPort): void {
  // Processes of two clusters may have the same name.
  const cluster = clusters++;
  const nameOf = (process: string) => `${cluster}/${process}`;
  port.serve(memoryOp, (args, from) => answer(store(), nameOf(from), args as MemoryRequest, from));
  port.onGone((process) => store().processEnded(nameOf(process)));
}

function answer(
  store: HostStore,
  process: string,
  [method, what]: MemoryRequest,
  from: string,
): MaybePromise<unknown> {
  if (method === "adopt" && typeof what === "string") return store.adopt(process, what);
  if (typeof what === "number") {
    switch (method) {
      case "create": {
        const { key, at } = store.create(process, what);
        return { key, at } satisfies Created;
      }
      case "pin":
        return store.pin(what, process);
      case "seal":
        return store.seal(what);
      case "unpin":
        return store.unpin(what, process);
      case "keep":
        return store.give(what, process);
      case "delete":
        return store.delete(what);
      case "adopt":
    }
  }
  throw new TroupeError(
    "ERR_PROTOCOL",
    `"${from}" asked the store of objects something that it does not know.`,
  );
}
