import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe } from "vitest";

import { atomicTests } from "./storage-suite/atomic-tests.js";
import { borderTests } from "./storage-suite/border-tests.js";
import { keyTests } from "./storage-suite/key-tests.js";
import { snapshotTests } from "./storage-suite/snapshot-tests.js";
import { ttlTests } from "./storage-suite/ttl-tests.js";
import { valueTests } from "./storage-suite/value-tests.js";
import { versionTests } from "./storage-suite/version-tests.js";
import { watchTests } from "./storage-suite/watch-tests.js";
import type { StorageLike, StoreUnderTest } from "./storage-suite/store-under-test.js";
import { waitUntil } from "./wait-until.js";

export type { StorageLike } from "./storage-suite/store-under-test.js";

/** What {@link storageSuite} needs of a driver. */
export interface StorageSuiteOptions {
  /** Opens an empty store that nobody else uses. The suite closes it. */
  readonly open: () => Promise<StorageLike>;
  /** Opens the same store once more, as another process would. The suite closes it first. */
  readonly openAgain: (storage: StorageLike) => Promise<StorageLike>;
  /** Removes what is left of a store after it was closed. */
  readonly remove?: (storage: StorageLike) => Promise<void>;
}

/**
 * What every storage driver promises, as tests: values, versions, atomic changes, times to live, listing,
 * watching, saving and errors. Call it in a test file of one's own.
 *
 * ```ts
 * storageSuite("memory", { open: () => openStorage("memory:a"), openAgain: ({ url }) => openStorage(url) });
 * ```
 */
export function storageSuite(name: string, options: StorageSuiteOptions): void {
  describe(`storage: ${name}`, () => {
    const others: StorageLike[] = [];
    const store: { -readonly [K in keyof StoreUnderTest]: StoreUnderTest[K] } = {
      storage: undefined as unknown as StorageLike,
      directory: "",
      another: async () => {
        const opened = await options.openAgain(store.storage);
        others.push(opened);
        return opened;
      },
      gone: (key) => waitUntil(async () => !(await store.storage.has(key)), { what: `${key} to expire` }),
    };

    beforeEach(async () => {
      store.storage = await options.open();
      store.directory = await mkdtemp(join(tmpdir(), "troupe-storage-"));
    });
    afterEach(async () => {
      for (const other of others.splice(0)) await other.close();
      await store.storage.close();
      await options.remove?.(store.storage);
      await rm(store.directory, { recursive: true, force: true });
    });

    valueTests(store);
    versionTests(store);
    atomicTests(store);
    ttlTests(store);
    keyTests(store);
    watchTests(store);
    snapshotTests(store);
    borderTests(store);
  });
}
