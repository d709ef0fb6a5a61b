import type { MaybePromise } from "../maybe-promise.js";
import type { StoredAt } from "../store/stored-at.js";
import type { Packed } from "../value/packed.js";

/** The store of this host, as one process reaches it. What it gives away is kept for that process until it says otherwise. */
export interface Memory {
  /** Writes an object there, from memory that may change as soon as the call returns. @throws ERR_STORE_FULL */
  put(packed: Packed): MaybePromise<number>;
  /** As {@link put}, from memory that stays as it is until the object is there. */
  write(packed: Packed): MaybePromise<number>;
  /** Takes a segment that holds one object over; it stays where it is. @throws ERR_STORE_FULL */
  adopt(segment: string): MaybePromise<number>;
  /** Where an object is; it stays there until {@link unpin}. @throws ERR_OBJECT_LOST */
  pin(key: number): MaybePromise<StoredAt>;
  unpin(key: number): void;
  /** An object that another process wrote is this one's from now on. */
  keep(key: number): void;
  delete(key: number): void;
}
