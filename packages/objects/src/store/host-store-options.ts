import { TroupeError } from "@troupe/core";

/** How a `HostStore` is set up. */
export interface HostStoreOptions {
  /**
   * Bytes of shared memory, at most. Default: 30% of the machine's memory, and no more than 80% of what
   * `/dev/shm` has free.
   */
  readonly capacity?: number;
  /** Bytes of a segment, 64 MiB by default; an object that is larger has one of its own. */
  readonly segmentBytes?: number;
  /**
   * Directory in which the store makes its folder for what does not fit, or `false` for none. Default:
   * `troupe-<user id>` below the system's temporary directory. Choose a disk where that one is memory.
   */
  readonly spill?: string | false;
  /** Bytes on disk, at most. Default: no bound but the disk's. */
  readonly spillCapacity?: number;
}

/** @throws ERR_CONFIG when an option is no number of bytes. */
export function checkBytes(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value > 0 || (value === 0 && name !== "segmentBytes")) continue;
    throw new TroupeError("ERR_CONFIG", `\`${name}\` is a number of bytes, which ${value} is not.`);
  }
}
