import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describeWithRedis, type RedisServer, startRedis } from "@troupe/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openStorage, type Storage } from "../src/index.js";

type Model = Map<string, unknown>;
type Step = (storage: Storage, model: Model) => Promise<void>;

const key = fc.constantFrom("a", "ab", "b", "é", "\u{1f600}", "z/1");
const number = fc.integer({ min: -1000, max: 1000 });
const value = fc.oneof(
  number,
  fc.string(),
  fc.constant(undefined),
  fc.array(number, { maxLength: 3 }),
  fc.bigInt(),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(key, value).map(([k, v]): Step => async (storage, model) => {
    await storage.put(k, v);
    model.set(k, v);
  }),
  key.map((k): Step => async (storage, model) => {
    expect(await storage.delete(k)).toBe(model.delete(k));
  }),
  fc.tuple(key, number, number).map(([k, by, init]): Step => async (storage, model) => {
    const before = model.has(k) ? model.get(k) : init;
    if (typeof before === "number") {
      expect(await storage.incr(k, by, init)).toBe(before + by);
      model.set(k, before + by);
    } else {
      await expect(storage.incr(k, by, init)).rejects.toMatchObject({ code: "ERR_CONFIG" });
    }
  }),
  fc.tuple(key, value).map(([k, v]): Step => async (storage, model) => {
    const after = v === undefined ? undefined : [model.get(k), v];
    expect(await storage.update(k, (before) => (v === undefined ? undefined : [before, v]))).toStrictEqual(
      after,
    );
    if (after === undefined) model.delete(k);
    else model.set(k, after);
  }),
  fc.tuple(key, value, fc.boolean()).map(([k, v, fresh]): Step => async (storage, model) => {
    const id = fresh ? await storage.id(k) : undefined;
    const wins = fresh || !model.has(k);
    expect((await storage.cas(k, id, v)) !== undefined).toBe(wins);
    if (wins) model.set(k, v);
  }),
);

/** The store holds what the model does, whichever way it is asked. */
async function agree(storage: Storage, model: Model): Promise<void> {
  const ordered = [...model.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const keys: string[] = [];
  for await (const k of storage.keys()) keys.push(k);
  expect(keys).toEqual(ordered);
  for (const k of ["a", "ab", "b", "é", "\u{1f600}", "z/1"]) {
    expect(await storage.has(k)).toBe(model.has(k));
    expect(await storage.get(k, "missing")).toStrictEqual(model.has(k) ? model.get(k) : "missing");
  }
}

async function behavesLikeMap(open: () => Promise<Storage>, numRuns: number): Promise<void> {
  const storage = await open();
  try {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      for await (const k of storage.keys()) await storage.delete(k);
      const model: Model = new Map();
      for (const each of steps) await each(storage, model);
      await agree(storage, model);
    });
    await fc.assert(property, { numRuns });
  } finally {
    await storage.close();
  }
}

describe("any sequence of calls leaves what it leaves in a Map", () => {
  it("in memory", () => behavesLikeMap(() => openStorage("memory:"), 200));

  it("in LMDB", async () => {
    const directory = join(tmpdir(), `troupe-lmdb-${randomUUID()}`);
    await behavesLikeMap(() => openStorage(`lmdb:${directory}`), 20);
    await rm(directory, { recursive: true });
  });

  describeWithRedis("in Redis", () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis();
    });
    afterAll(() => server.stop());

    it("too", () => behavesLikeMap(() => openStorage(server.url), 40));
  });
});
