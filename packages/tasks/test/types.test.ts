import type { ObjectRef } from "@troupe/objects";
import { describe, expectTypeOf, it } from "vitest";

import { defineTask, type TaskMap } from "../src/index.js";

const sum = defineTask(function sum(a: number, b: number) {
  return a + b;
});
const later = defineTask(async function later(text: string, times?: number) {
  return Promise.resolve(text.repeat(times ?? 1));
});
const items = defineTask(async function* items(count: number) {
  for (let at = 0; at < count; at++) yield await Promise.resolve(`${at}`);
});
const pair = defineTask(
  function pair(): [number, string] {
    return [1, "a"];
  },
  { options: { returns: 2 } },
);

describe("the type of a task", () => {
  it("is that of its function, and of what it gives", () => {
    expectTypeOf(sum(1, 2)).toEqualTypeOf<number>();
    expectTypeOf(sum.submit).parameters.toEqualTypeOf<
      [number | ObjectRef<number>, number | ObjectRef<number>]
    >();
    expectTypeOf(sum.submit).returns.toEqualTypeOf<ObjectRef<number>>();
    expectTypeOf(later.submit).returns.toEqualTypeOf<ObjectRef<string>>();
    expectTypeOf(items.submit).returns.toEqualTypeOf<AsyncIterableIterator<ObjectRef<string>>>();
    expectTypeOf(pair.submit).returns.toEqualTypeOf<[ObjectRef<number>, ObjectRef<string>]>();
    expectTypeOf(later.map).returns.toEqualTypeOf<TaskMap<string>>();
    expectTypeOf(sum.with({ retries: 1 }).submit).returns.toEqualTypeOf<ObjectRef<number>>();
    const list = defineTask(function list() {
      return [1, 2];
    });
    expectTypeOf(list.submit).returns.toEqualTypeOf<ObjectRef<number[]>>();
    expectTypeOf(list.with({ returns: 2 }).submit).returns.toEqualTypeOf<ObjectRef<number>[]>();
    // @ts-expect-error -- a text is no number, nor is a ref to one
    expectTypeOf(() => sum.submit("1", 2)).toBeFunction();
  });
});
