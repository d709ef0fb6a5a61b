/**
 * Objects in shared memory: put once, read in place by every process of the machine; counted, spilled to disk,
 * moved between machines.
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
export type { HostStoreOptions } from "./store/host-store-options.js";
export { HostStore, type HostStoreStats, type NewObject } from "./store/host-store.js";
export type { StoredAt } from "./store/stored-at.js";
export { ObjectReader } from "./view/object-reader.js";
