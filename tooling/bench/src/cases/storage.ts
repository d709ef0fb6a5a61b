import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openStorage, type Storage } from "@troupe/storage";
import { open, type RootDatabase } from "lmdb";

import type { BenchCase, Contender } from "../harness.js";

/** Keys of a case; also how many writes are in flight at once. */
const width = 1000;
const keys = Array.from({ length: width }, (_, i) => `key-${i}`);
const reach = { of: "lmdb", ratio: 0.6 };

/** A record as programs keep them: small, of mixed fields. */
const record = (n: number) => ({ n, name: "item", done: true, list: [1, 2, 3] });

/** Troupe's store on LMDB, for `run`. */
function troupe(run: (storage: Storage, n: number) => Promise<void>): Contender {
  return {
    name: "troupe",
    role: "troupe",
    async setup() {
      const directory = await mkdtemp(join(tmpdir(), "troupe-bench-"));
      const storage = await openStorage(`lmdb:${directory}`);
      await Promise.all(keys.map((key, i) => storage.put(key, record(i))));
      return {
        run: (n) => run(storage, n),
        async teardown() {
          await storage.close();
          await rm(directory, { recursive: true });
        },
      };
    },
  };
}

/** lmdb-js itself, as its documentation uses it, for `run`. */
function lmdb(run: (database: RootDatabase, n: number) => Promise<void> | void): Contender {
  return {
    name: "lmdb",
    role: "raw",
    async setup() {
      const directory = await mkdtemp(join(tmpdir(), "troupe-bench-"));
      const database = open(directory, { noSubdir: false });
      await Promise.all(keys.map((key, i) => database.put(key, record(i))));
      return {
        run: (n) => run(database, n),
        async teardown() {
          await database.close();
          await rm(directory, { recursive: true });
        },
      };
    },
  };
}

/** Calls `one` `n` times, {@link width} in flight. */
async function inFlight(n: number, one: (key: string, i: number) => Promise<unknown>): Promise<void> {
  for (let done = 0; done < n; done += width) {
    const batch = keys.slice(0, Math.min(width, n - done));
    await Promise.all(batch.map((key, i) => one(key, done + i)));
  }
}

const keyOf = (i: number) => keys[i % width] as string;

export const storageCases: BenchCase[] = [
  {
    group: "storage",
    name: "get, a record from LMDB",
    unit: "ops/s",
    batch: width,
    reach,
    contenders: [
      troupe(async (storage, n) => {
        for (let i = 0; i < n; i++) await storage.get(keyOf(i));
      }),
      lmdb((database, n) => {
        for (let i = 0; i < n; i++) database.get(keyOf(i));
      }),
    ],
  },
  {
    group: "storage",
    name: "put, a record to LMDB, 1,000 in flight",
    unit: "ops/s",
    batch: width,
    reach,
    contenders: [
      troupe((storage, n) => inFlight(n, (key, i) => storage.put(key, record(i)))),
      lmdb((database, n) => inFlight(n, (key, i) => database.put(key, record(i)))),
    ],
  },
  {
    group: "storage",
    name: "incr, one key in LMDB, 1,000 in flight",
    unit: "ops/s",
    batch: width,
    reach,
    contenders: [
      troupe((storage, n) => inFlight(n, () => storage.incr("count"))),
      lmdb((database, n) =>
        inFlight(n, () =>
          database.transaction(() => {
            const sum = ((database.get("count") as number | undefined) ?? 0) + 1;
            void database.put("count", sum);
            return sum;
          }),
        ),
      ),
    ],
  },
];
