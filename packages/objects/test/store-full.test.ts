import { setImmediate } from "node:timers/promises";

import { noLeftovers } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { alloc, objects } from "../src/index.js";

noLeftovers();

const capacity = 4_000_000;
const length = 500_000;

beforeAll(() => objects.configure({ capacity, spill: false }));
afterAll(() => objects.close());

/** Puts, reads and releases far more than the store holds. */
async function turnOver(make: (i: number) => Uint8Array, between: () => unknown): Promise<void> {
  for (let i = 0; i < 40; i++) {
    using ref = objects.put(make(i));
    expect((await objects.get(ref))[length - 1]).toBe(i);
    await between();
  }
}

describe("a store that is full of views that nobody looks at any more has room for what is put next", () => {
  const filled = (i: number) => new Uint8Array(length).fill(i);

  it("in a loop that never leaves its turn of the event loop", () => turnOver(filled, () => {}));

  it("in one that does", () => turnOver(filled, setImmediate));

  it("and for what alloc() gave", () =>
    turnOver(
      (i) => alloc("uint8", [length]).fill(i),
      () => {},
    ));
});

it("a store that is full of views that somebody holds says so, and has room once they are let go", async () => {
  const views: Uint8Array[] = [];
  const fill = async () => {
    for (;;) {
      using ref = objects.put(new Uint8Array(length).fill(views.length));
      views.push(await objects.get(ref));
    }
  };
  await expect(fill()).rejects.toMatchObject({
    code: "ERR_STORE_FULL",
    retryable: true,
    message: expect.stringMatching(/views that somebody holds/),
  });
  expect(views.length).toBeGreaterThan(5);
  expect(views.every((view, i) => view[7] === i)).toBe(true);
  views.length = 0;
  using ref = objects.put(new Uint8Array(capacity / 2));
  expect(await objects.get(ref)).toHaveLength(capacity / 2);
});
