import { rm } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describeWithRedis, type RedisServer, startRedis, storageSuite } from "@troupe/testkit";
import { afterAll, beforeAll } from "vitest";

import { openStorage } from "../src/index.js";

storageSuite("memory", {
  open: () => openStorage(`memory:${randomUUID()}`),
  openAgain: ({ url }) => openStorage(url),
});

storageSuite("lmdb", {
  open: () => openStorage(`lmdb:${join(tmpdir(), `troupe-lmdb-${randomUUID()}`)}`),
  openAgain: ({ url }) => openStorage(url),
  remove: ({ url }) => rm(url.slice("lmdb:".length), { recursive: true }),
});

describeWithRedis("redis", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  storageSuite("redis", {
    open: () => openStorage(`${server.url}?prefix=${randomUUID()}`),
    openAgain: ({ url }) => openStorage(url),
  });
});
