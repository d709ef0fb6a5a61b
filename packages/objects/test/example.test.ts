import { noLeftovers } from "@troupe/testkit";
import { expect, it } from "vitest";

import { HostStore, ObjectReader } from "../src/index.js";

noLeftovers();

it("the example of the README does what it says", async () => {
  using store = new HostStore({ capacity: 256 * 1024 * 1024 });
  const { key, bytes } = store.create("driver", 4096);
  bytes.fill(7);
  store.seal(key);

  using reader = new ObjectReader();
  const at = await store.pin(key, "pool-1");
  const view = new Uint8Array(reader.open(at, () => store.unpin(key, "pool-1")));
  view[0] = 8;
  expect([...view.subarray(0, 2), ...bytes.subarray(0, 2)]).toEqual([8, 7, 7, 7]);
  expect(store.stats().pinned).toBe(4096);
  reader.release(view.buffer);
  expect(store.stats().pinned).toBe(0);
});
