import { TroupeError, type WaitOptions } from "@troupe/core";

import type { StorageDriver } from "./driver.js";
import { openMemory } from "./memory/memory-driver.js";
import { withoutPassword } from "./without-password.js";

/** Drivers by the scheme of their URL. Those with a native part or a peer are loaded when they are asked for. */
const drivers: Readonly<Record<string, (url: string, options: WaitOptions) => Promise<StorageDriver>>> = {
  memory: (url) => Promise.resolve(openMemory(url.slice("memory:".length))),
  lmdb: async (url) => (await import("./lmdb/lmdb-driver.js")).openLmdb(url),
  redis: async (url, options) => (await import("./redis/redis-driver.js")).openRedis(url, options),
  rediss: async (url, options) => (await import("./redis/redis-driver.js")).openRedis(url, options),
};

/** @throws ERR_CONFIG for a scheme that is not known, and what the driver throws. */
export async function openDriver(url: string, options: WaitOptions): Promise<StorageDriver> {
  const scheme = /^([a-z]+):/.exec(url)?.[1] ?? "";
  const open = Object.hasOwn(drivers, scheme) ? drivers[scheme] : undefined;
  if (open === undefined) {
    throw new TroupeError(
      "ERR_CONFIG",
      `No storage driver for ${JSON.stringify(withoutPassword(url))}; a storage URL is memory:, memory:name, lmdb:./directory, redis://host:port/db or rediss://host:port/db.`,
      { details: { url: withoutPassword(url), schemes: Object.keys(drivers) } },
    );
  }
  return open(url, options);
}
