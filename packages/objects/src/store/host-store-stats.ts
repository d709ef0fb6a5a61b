/** What a `HostStore` holds now, in bytes, and what it did. */
export interface HostStoreStats {
  /** Objects in memory and on disk. */
  readonly objects: number;
  /** Shared memory that objects take, in whole pages. */
  readonly memory: number;
  /** Of that, what cannot be moved to disk: pinned, or not sealed yet. */
  readonly pinned: number;
  /** Shared memory that is taken from the system, free memory of the store counted in. */
  readonly reserved: number;
  readonly capacity: number;
  /** On disk. */
  readonly spilled: number;
  /** Memory of copies that may go at any time, of `memory`. */
  readonly evictable: number;
  /** Times that an object was moved to disk. */
  readonly spills: number;
  /** Times that one was read back. */
  readonly restores: number;
}
