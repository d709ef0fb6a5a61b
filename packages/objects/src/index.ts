/**
 * Objects in shared memory: put once, read in place by every process of the machine; counted, spilled to disk,
 * moved between machines.
 *
 * ```ts
 * import { alloc, objects } from "@troupe/objects";
 *
 * using ref = objects.put({ name: "weights", values: new Float32Array(1_000_000) }); // copied once
 * const { values } = await objects.get(ref); // a view, no copy; what is written to it stays in this process
 *
 * const block = alloc("float32", [1024, 1024]); // in shared memory from the start
 * block.fill(0.5);
 * const filled = objects.put(block); // copies nothing
 * const { ready, pending } = await objects.wait([ref, filled], { count: 1 });
 * ```
 *
 * Below that is the store of a host, which is of use by itself:
 *
 * ```ts
 * import { HostStore, ObjectReader } from "@troupe/objects";
 *
 * using store = new HostStore({ capacity: 256 * 1024 * 1024 }); // one for each machine
 * const { key, bytes } = store.create("driver", 4096);
 * bytes.fill(7);
 * store.seal(key);
 *
 * using reader = new ObjectReader(); // one in each process, which was sent where the object is
 * const at = await store.pin(key, "pool-1");
 * const view = new Uint8Array(reader.open(at, () => store.unpin(key, "pool-1"))); // no copy
 * view[0] = 8; // stays here: the object has its 7 still
 * reader.release(view.buffer);
 * ```
 *
 * @module
 */
export { alloc, type DataType, type TypedArrayOf } from "./alloc/alloc.js";
export type { MaybePromise } from "./maybe-promise.js";
export {
  Objects,
  type ObjectsOptions,
  type ObjectsStats,
  type Stored,
  type ValuesOf,
  type WaitListener,
} from "./objects.js";
export type { ObjectPort } from "./port.js";
export { isObjectRef, mayHaveObjectRefs, ObjectRef } from "./ref/object-ref.js";
export type { Spread, SpreadOptions } from "./hosts/other-hosts.js";
export { objects } from "./shared.js";
export type { HostStoreOptions } from "./store/host-store-options.js";
export type { HostStoreStats } from "./store/host-store-stats.js";
export { HostStore } from "./store/host-store.js";
export type { NewObject } from "./store/new-object.js";
export type { StoredAt } from "./store/stored-at.js";
export type { Expected } from "./table/expected.js";
export type { Source } from "./table/owned.js";
export { isPlace, isStoredValue, type Place, storeFrom, type StoredValue } from "./value/stored-value.js";
export type { HeldValue } from "./view/held-value.js";
export { ObjectReader } from "./view/object-reader.js";
export type { WaitForOptions, WaitOutcome } from "./wait.js";
export { type Broadcast } from "./transfer/broadcast.js";
export { type FileProgress } from "./transfer/files/outgoing-file.js";
export type { HostExchangeStats } from "./transfer/exchange.js";
export { HostExchange } from "./transfer/host-exchange.js";
export type {
  BroadcastOptions,
  HostExchangeOptions,
  PullOptions,
  SendFileOptions,
} from "./transfer/options.js";
