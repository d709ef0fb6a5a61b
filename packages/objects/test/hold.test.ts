import { afterAll, expect, it } from "vitest";

import { Objects } from "../src/index.js";
import { isPlace, type Place } from "../src/value/stored-value.js";

const objects = new Objects();
afterAll(() => objects.close());

it("memory that is held stays when its owner lets go of it, and goes when it is released", async () => {
  const expected = objects.expect();
  const { stored } = await objects.store(new Float64Array(100_000).fill(7));
  expect(isPlace(stored)).toBe(true);
  expected.settle(stored);
  const [unread, read] = await Promise.all([1, 2].map(async () => objects.hold(stored as Place)));
  expected.ref.release();
  await expect((async () => objects.hold(stored as Place))()).rejects.toMatchObject({
    code: "ERR_OBJECT_LOST",
  });
  expect(objects.hostStore.stats().objects).toBe(1);
  unread!.release();
  unread!.release();
  expect(unread!.read()).toBeUndefined();
  expect((read!.read() as Float64Array)[99_999]).toBe(7);
  expect(read!.read()).toBe(read!.read());
  read!.release();
});

it("what is held and was not read is given back at once", async () => {
  const { stored } = await objects.store(new Float64Array(100_000));
  const held = await objects.hold(stored as Place);
  const expected = objects.expect();
  expected.settle(stored);
  const before = objects.hostStore.stats().objects;
  expected.ref.release();
  expect(objects.hostStore.stats().objects).toBe(before);
  held.release();
  expect(objects.hostStore.stats().objects).toBe(before - 1);
});
