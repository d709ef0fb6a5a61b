import type { WaitOptions } from "@troupe/core";

import { Storage } from "./storage.js";

/**
 * Opens a store.
 *
 * | URL | store |
 * |---|---|
 * | `memory:` | in this process, its own for each opening |
 * | `memory:name` | in this process, shared by all openings of that name until the last is closed |
 * | `lmdb:./directory` | in LMDB files, shared by all processes of the machine; the directory is made |
 * | `redis://[user:password@]host:port/db[?prefix=name]` | in Redis or Valkey; `rediss:` by TLS |
 *
 * @throws ERR_CONFIG for an unknown scheme, a directory that cannot be used or is no store, or a missing
 * `ioredis`; ERR_TIMEOUT when Redis does not answer (within 10 seconds unless `timeout` says otherwise);
 * ERR_UNAUTHORIZED when it refuses the password.
 */
export async function openStorage(url: string, options: WaitOptions = {}): Promise<Storage> {
  const storage = new Storage(url);
  await storage.open(options);
  return storage;
}
