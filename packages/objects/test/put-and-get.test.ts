import { isTroupeError } from "@troupe/core";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, describe, expect, it } from "vitest";

import { alloc, type ObjectRef, objects } from "../src/index.js";
import { gc } from "./support/gc.js";

noLeftovers();

afterAll(() => objects.close());

const large = () => Float64Array.from({ length: 100_000 }, (_, i) => i);

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it succeeded"),
    (error: unknown) => error,
  );
}

describe("a value that was put", () => {
  it.each([
    ["a number", 7],
    ["nothing", undefined],
    ["a text", "text"],
    ["a large text", "x".repeat(300_000)],
    ["a small array", Float32Array.of(1, 2, 3)],
    ["a structure", { a: [1, { b: new Map([["c", new Set([1n])]]) }], at: new Date(5) }],
    ["a structure with large arrays", { a: large(), b: [large(), Uint8Array.of(1)], c: "d" }],
  ])("comes back as it was: %s", async (_name, value) => {
    using ref = objects.put(value);
    expect(await objects.get(ref)).toEqual(value);
    expect(await objects.get([ref, ref])).toEqual([value, value]);
  });

  it("stays as it was when it was put, whatever is done to the original", async () => {
    const small = { list: [1] };
    const array = large();
    using a = objects.put(small);
    using b = objects.put(array);
    small.list.push(2);
    array.fill(-1);
    expect(await objects.get(a)).toEqual({ list: [1] });
    expect((await objects.get(b))[5]).toBe(5);
  });

  it("is read in place, and what is written to a view stays with those who have the view", async () => {
    using ref = objects.put(large());
    const view = await objects.get(ref);
    expect((await objects.get(ref)).buffer).toBe(view.buffer);
    view[5] = -1;
    view.fill(-2, 50_000);
    expect((await objects.get(ref))[5]).toBe(-1);
    // The object itself was not touched: a view of its own shows it.
    using again = objects.put(await readAnew(ref));
    expect((await objects.get(again))[5]).toBe(5);
    expect((await objects.get(again))[60_000]).toBe(60_000);
  });

  it("may be small and hold arrays, which are copies", async () => {
    using ref = objects.put({ array: Float32Array.of(1, 2) });
    const { array } = await objects.get(ref);
    array[0] = 9;
    expect((await objects.get(ref)).array[0]).toBe(1);
  });

  it("cannot be a function, a class instance or a reference", async () => {
    expect(() => objects.put({ run: () => 1 })).toThrow(
      expect.objectContaining({ code: "ERR_NOT_SERIALIZABLE" }),
    );
    expect(() => objects.put([large(), new WeakMap()])).toThrow(/1/);
    using ref = objects.put(1);
    expect(() => objects.put(ref)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
  });
});

/** What another process would see. */
async function readAnew(ref: ObjectRef<Float64Array>): Promise<Float64Array> {
  const { store } = objects;
  const stored = await objects.stored(ref);
  expect(store).toBeDefined();
  return (await objects.load(stored)) as Float64Array;
}

describe("references", () => {
  it("hold their object until the last was released; a released one is of no use", async () => {
    const before = objects.stats().store!.objects;
    const ref = objects.put(large());
    expect(objects.stats().store!.objects).toBe(before + 1);
    ref.release();
    ref.release();
    expect(objects.stats().store!.objects).toBe(before);
    expect(isTroupeError(await failureOf(objects.get(ref)), "ERR_OBJECT_LOST")).toBe(true);
    expect(String(await failureOf(objects.get(ref)))).toContain("released");
    expect(() => objects.put({ list: [ref] })).toThrow(
      expect.objectContaining({
        code: "ERR_OBJECT_LOST",
        message: expect.stringContaining("released") as string,
      }),
    );
  });

  it("release their object when they are collected", async () => {
    const before = objects.stats().owned;
    for (let i = 0; i < 100; i++) objects.put(large());
    await waitUntil(() => (gc(), objects.stats().owned <= before), {
      what: "the references to be collected",
    });
  });

  it("leave views as they are, whose memory is not used again before they are gone", async () => {
    const ref = objects.put(large());
    const view = await objects.get(ref);
    ref.release();
    const others = Array.from({ length: 20 }, (_, i) => objects.put(large().fill(-i)));
    expect(view[99_999]).toBe(99_999);
    for (const other of others) other.release();
  });

  it("within an object are held by it, and come back as references", async () => {
    const inner = objects.put(large());
    const { owned } = objects.stats();
    const outer = objects.put({ list: [inner, "beside"], again: inner });
    inner.release();
    const { list, again } = await objects.get(outer);
    expect(await objects.get(list[0] as typeof inner)).toHaveLength(100_000);
    expect((await objects.get(again))[3]).toBe(3);
    (list[0] as typeof inner).release();
    again.release();
    expect(objects.stats().owned).toBe(owned + 1);
    outer.release();
    expect(objects.stats().owned).toBe(owned - 1);
  });

  it("are no promises, and say what they are", async () => {
    using ref = objects.put(1);
    expect(ref).not.toHaveProperty("then");
    expect(ref.id).toMatch(/^driver-0\/\d+$/);
  });

  it("are the only thing that get() takes", async () => {
    for (const wrong of [undefined, 7, {}, "driver-0/1"])
      expect(await failureOf(objects.get(wrong as never))).toMatchObject({ code: "ERR_CONFIG" });
    expect(await failureOf(objects.get([7] as never))).toMatchObject({ code: "ERR_CONFIG" });
  });
});

describe("an object whose value is to come", () => {
  it("is waited for by get(), and gives its value or its failure to all who wait", async () => {
    const expected = objects.expect<number>();
    const got = [objects.get(expected.ref), objects.get(expected.ref)];
    expected.settle((await objects.store(5)).stored);
    expect(await Promise.all(got)).toEqual([5, 5]);
    const failing = objects.expect();
    const waits = [failureOf(objects.get(failing.ref)), failureOf(objects.get([failing.ref]))];
    failing.fail(new RangeError("no"));
    failing.settle((await objects.store(5)).stored);
    for (const error of await Promise.all(waits))
      expect(error).toMatchObject({ name: "RangeError", message: "no" });
  });

  it("is not waited for longer than is said", async () => {
    const { ref } = objects.expect();
    expect(await failureOf(objects.get(ref, { timeout: 1 }))).toMatchObject({ code: "ERR_TIMEOUT" });
    const signal = AbortSignal.abort();
    expect(await failureOf(objects.get(ref, { signal }))).toMatchObject({ code: "ERR_CANCELLED" });
  });

  it("keeps no memory when nobody wants it any more once it comes", async () => {
    const before = objects.stats().store!.objects;
    const expected = objects.expect();
    expected.ref.release();
    expected.settle((await objects.store(large())).stored);
    expect(objects.stats().store!.objects).toBe(before);
  });

  it("is computed again when its memory was lost", async () => {
    const expected = objects.expect<Float64Array>();
    const settle = async () => expected.settle((await objects.store(large())).stored);
    expected.descendsFrom({ rebuild: () => void settle(), forget: () => {} });
    await settle();
    const [key] = await objects.stored(expected.ref);
    objects.hostStore.delete(key as number);
    expect((await objects.get(expected.ref))[7]).toBe(7);
    using put = objects.put(large());
    objects.hostStore.delete((await objects.stored(put))[0] as number);
    expect(await failureOf(objects.get(put))).toMatchObject({ code: "ERR_OBJECT_LOST" });
  });
});

describe("wait()", () => {
  it("gives as many as are asked for, in their order, as soon as they are there", async () => {
    const expected = Array.from({ length: 4 }, () => objects.expect<number>());
    const refs = expected.map(({ ref }) => ref);
    const { stored } = await objects.store(1);
    expected[2]!.settle(stored);
    expect(await objects.wait(refs)).toEqual({ ready: [refs[2]], pending: [refs[0], refs[1], refs[3]] });
    const two = objects.wait(refs, { count: 2 });
    expected[0]!.fail(new Error("failed is ready too"));
    expect(await two).toEqual({ ready: [refs[0], refs[2]], pending: [refs[1], refs[3]] });
  });

  it("gives what there is when the time is over", async () => {
    const { ref } = objects.expect();
    using there = objects.put(1);
    expect(await objects.wait([ref, there], { count: 2, timeout: 1 })).toEqual({
      ready: [there],
      pending: [ref],
    });
  });

  it("can be cancelled, and refuses counts that can never be", async () => {
    const { ref } = objects.expect();
    const cancelled = objects.wait([ref], { signal: AbortSignal.abort() });
    expect(await failureOf(cancelled)).toMatchObject({ code: "ERR_CANCELLED" });
    for (const count of [0, 2, 0.5, NaN])
      expect(await failureOf(objects.wait([ref], { count }))).toMatchObject({ code: "ERR_CONFIG" });
  });
});

describe("an array of alloc()", () => {
  it("is put without a copy, and written to afterwards stays apart from the object", async () => {
    const block = alloc("float32", [256, 1024]);
    expect(block).toHaveLength(256 * 1024);
    expect(block.every((value) => value === 0)).toBe(true);
    block.fill(0.5);
    const { memory } = objects.stats().store!;
    using ref = objects.put(block);
    expect(objects.stats().store!.memory - memory).toBeLessThan(block.byteLength + 64 * 1024);
    block[0] = 9;
    const view = await objects.get(ref);
    expect(view[0]).toBe(0.5);
    expect(view.at(-1)).toBe(0.5);
    expect(block[0]).toBe(9);
    expect(block[1]).toBe(0.5);
  });

  it("can be put again, by copy, and be part of another value", async () => {
    const block = alloc("int32", 100_000);
    block[7] = 7;
    using first = objects.put(block);
    block[7] = 8;
    using second = objects.put(block);
    using third = objects.put({ block });
    expect((await objects.get(first))[7]).toBe(7);
    expect((await objects.get(second))[7]).toBe(8);
    expect((await objects.get(third)).block[7]).toBe(8);
  });

  it("keeps its memory while it is there, though its object is gone", async () => {
    const block = alloc("float64", [100_000]);
    block.fill(3);
    objects.put(block).release();
    const others = Array.from({ length: 10 }, () => objects.put(large().fill(-1)));
    expect(block.every((value) => value === 3)).toBe(true);
    for (const other of others) other.release();
  });

  it("gives its memory back when it is collected, and its object is gone", async () => {
    const pinned = () => objects.stats().store?.pinned ?? 0;
    const before = pinned();
    objects.put(alloc("float64", [100_000])).release();
    expect(pinned()).toBeGreaterThan(before);
    await waitUntil(() => (gc(), pinned() <= before), { what: "the array to be collected" });
  });

  it("is of a type and a shape that there are", () => {
    expect(() => alloc("float16" as never, [1])).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    for (const shape of [[-1], [0.5], ["2"], [2 ** 40, 2 ** 40]] as number[][])
      expect(() => alloc("uint8", shape)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
  });
});
