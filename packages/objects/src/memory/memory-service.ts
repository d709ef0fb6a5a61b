import { TroupeError } from "@troupe/core";

import type { MaybePromise } from "../maybe-promise.js";
import type { ObjectPort } from "../port.js";
import type { HostStore } from "../store/host-store.js";
import type { StoredAt } from "../store/stored-at.js";
import { isPlace, type Place } from "../value/stored-value.js";
import { here } from "./local-memory.js";
import type { Reclaimer } from "./reclaimer.js";

/** The system request by which other processes reach the store of a host. */
export const memoryOp = "object-memory";

/** What they ask for: a method of the store, and a number or a name; or an object of another store. */
export type MemoryRequest =
  | readonly ["create" | "ahead", byteLength: number]
  | readonly ["seal" | "pin" | "unpin" | "keep" | "delete", key: number]
  | readonly ["adopt", segment: string]
  | readonly ["fetch", place: Place];

/** A new object's key, and where it is to be written. */
export interface Created {
  readonly key: number;
  readonly at: StoredAt;
}

let clusters = 0;

/** The processes of a cluster as a store knows them: those of two clusters may have the same name. */
export class Holders {
  readonly #prefix = `${clusters++}/`;
  readonly #known = new Set<string>();

  constructor(private readonly port: ObjectPort) {}

  /** The store's name for a process. */
  of(process: string): string {
    if (process === this.port.name) return here;
    const holder = this.#prefix + process;
    this.#known.add(holder);
    return holder;
  }

  /** Those that have not ended. */
  get all(): Iterable<string> {
    return this.#known;
  }

  /** The process ended. @returns What the store knows it by, if it does. */
  end(process: string): string | undefined {
    const holder = this.#prefix + process;
    return this.#known.delete(holder) ? holder : undefined;
  }

  /** The process of this cluster that the store has that name for. */
  processOf(holder: string): string | undefined {
    if (holder === here) return this.port.name;
    return holder.startsWith(this.#prefix) ? holder.slice(this.#prefix.length) : undefined;
  }
}

/** Fetches an object of another store for a process of this host. */
type Fetch = (place: Place, process: string) => Promise<unknown>;

/** Lets the other processes of a cluster use the store of this one. */
export function serveMemory(
  store: () => HostStore,
  reclaimer: Reclaimer,
  port: ObjectPort,
  holders: Holders,
  fetchFor: Fetch,
): void {
  /** Those who have asked, each until it ends: another may come by its name. */
  const askers = new Map<string, object>();
  port.serve(memoryOp, (args, from) => {
    const request = args as MemoryRequest;
    const [method, what] = request;
    if (method === "pin" || method === "fetch") reclaimer.addReader(port, from);
    let asker = askers.get(from);
    if (!asker) askers.set(from, (asker = {}));
    return reclaimer.withRoom(() => {
      // While room was made for it.
      if (askers.get(from) !== asker) throw new TroupeError("ERR_CLOSED", `"${from}" has ended.`);
      if (method === "fetch" && isPlace(what)) return fetchFor(what, from);
      return answer(store(), holders.of(from), request, from);
    });
  });
  port.onGone((process) => {
    askers.delete(process);
    reclaimer.removeReader(port, process);
    const holder = holders.end(process);
    if (holder !== undefined) store().processEnded(holder);
  });
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
      case "ahead": {
        const free = store.createIfFree(process, what);
        return free ? ({ key: free.key, at: free.at } satisfies Created) : null;
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
      default:
    }
  }
  throw new TroupeError(
    "ERR_PROTOCOL",
    `"${from}" asked the store of objects something that it does not know.`,
  );
}
