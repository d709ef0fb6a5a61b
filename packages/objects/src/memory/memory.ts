import type { WaitOptions } from "@troupe/core";

import type { Spread, SpreadOptions } from "../hosts/other-hosts.js";
import type { MaybePromise } from "../maybe-promise.js";
import type { StoredAt } from "../store/stored-at.js";
import type { Place } from "../value/stored-value.js";
import type { Packed } from "../value/packed.js";

/** Where an object is on this host, and the key to be given back. */
export interface Pinned {
  readonly key: number;
  readonly at: StoredAt;
}

/** The store of this host, as one process reaches it. What it gives away is kept for that process until it says otherwise. */
export interface Memory {
  /** Writes an object there, from memory that may change as soon as the call returns. @throws ERR_STORE_FULL */
  put(packed: Packed): MaybePromise<Place>;
  /** As {@link put}, from memory that stays as it is until the object is there. */
  write(packed: Packed): MaybePromise<Place>;
  /** Takes a segment that holds one object over; it stays where it is. @throws ERR_STORE_FULL */
  adopt(segment: string, byteLength: number): MaybePromise<Place>;
  /**
   * Where an object is; it stays there until {@link unpin}. One of another host is copied to this one first.
   *
   * @throws ERR_OBJECT_LOST, ERR_STORE_FULL
   */
  pin(place: Place): MaybePromise<Pinned>;
  unpin(key: number): void;
  /** An object that another process wrote, wherever it is, is this one's from now on. */
  keep(place: Place): void;
  /** As {@link keep}, of a copy, which is the object itself then. @throws ERR_OBJECT_LOST when it is gone */
  promote(place: Place): Promise<void>;
  delete(place: Place): void;
  /** Brings an object to other hosts. @throws ERR_OBJECT_LOST, ERR_CONFIG, ERR_CLOSED, ERR_TIMEOUT, ERR_CANCELLED */
  broadcast(place: Place, hosts: readonly string[], options: SpreadOptions): Promise<Spread>;
  /** Sends a file of this host to another. Throws as `HostExchange.sendFile`. */
  sendFile(path: string, host: string, target: string, options: WaitOptions): Promise<void>;
}
