import { noLeftovers } from "@troupe/testkit";
import { objects } from "@troupe/objects";
import { afterAll, expect, it } from "vitest";

import { get, init, put } from "../src/index.js";

noLeftovers();
afterAll(() => objects.close());

it("cluster.objects() says what this process has of objects, and how full its store is", async () => {
  const capacity = 64 * 1024 * 1024;
  await using cluster = await init({ pools: 0, objects: { capacity, spill: false } });
  using ref = put(new Uint8Array(1_000_000).fill(7));
  const small = put("small");
  expect(cluster.objects()).toMatchObject({
    owned: 2,
    borrowed: 0,
    store: { objects: 1, capacity, pinned: 0 },
  });
  small.release();
  const view = await get(ref);
  const { owned, store } = cluster.objects();
  expect(owned).toBe(1);
  expect(store!.pinned).toBe(store!.memory);
  expect(store!.memory).toBeGreaterThanOrEqual(1_000_000);
  expect(view[7]).toBe(7);
  const stores = await cluster.stores();
  expect([...stores.keys()]).toEqual(["host-0"]);
  expect(stores.get("host-0")).toEqual(cluster.objects().store);
});
