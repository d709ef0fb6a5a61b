import type { Storage } from "@troupe/storage";

/** The public side of `Storage`, whichever copy of the package it comes from. */
export type StorageLike = Pick<Storage, keyof Storage>;

/** The store of the test that runs, new for each. */
export interface StoreUnderTest {
  readonly storage: StorageLike;
  /** A directory for the test's files. */
  readonly directory: string;
  /** Opens the same store once more. */
  readonly another: () => Promise<StorageLike>;
  /** Waits for a key to expire. */
  readonly gone: (key: string) => Promise<unknown>;
}
