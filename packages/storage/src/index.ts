/**
 * Key-value state with atomic updates: one interface over memory, LMDB and Redis.
 *
 * ```ts
 * import { openStorage } from "@troupe/storage";
 *
 * await using storage = await openStorage("lmdb:./state");
 * const id = await storage.put("model", { weights: new Float32Array([0.5, 1]), tags: new Set(["best"]) });
 * await storage.incr("episodes"); // 1
 * await storage.update<number[]>("scores", (scores = []) => [...scores, 17]); // [17]
 * await storage.cas("model", id, { weights: new Float32Array(2) }); // a new id; undefined if another was first
 * for await (const key of storage.keys("mod")) console.log(key); // "model"
 * ```
 *
 * @module
 */
export { Storage, type PutOptions, type StorageWatch } from "./storage.js";
export { openStorage } from "./open-storage.js";
export { ChangeFeed, missedChanges } from "./change-feed.js";
export type { Payload, StorageChange, StorageDriver, StoredEntry, VersionId } from "./driver.js";
