import { describe, expect, it } from "vitest";

import { Queue } from "../src/index.js";
import { failureOf } from "./support/start.js";

/** What a promise has come to once all that was under way has had its turn. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  const turn = new Promise((resolve) => setImmediate(resolve, "waits"));
  return Promise.race([promise, turn]);
}

const closed = expect.objectContaining({ code: "ERR_CLOSED" }) as unknown;

describe("a queue within a process", () => {
  it("gives items in the order in which they were put", async () => {
    const queue = new Queue<number>();
    await queue.put(1);
    await queue.putAll([2, 3]);
    expect([await queue.get(), await queue.get(), await queue.get()]).toEqual([1, 2, 3]);
  });

  it("gives n items at once, or as many as there are", async () => {
    const queue = new Queue<number>();
    await queue.putAll([1, 2, 3, 4, 5]);
    expect(await queue.get(2)).toEqual([1, 2]);
    expect(await queue.get(10)).toEqual([3, 4, 5]);
    await queue.putAll([6, 7]);
    expect(await queue.get(Infinity)).toEqual([6, 7]);
  });

  it("has a get wait while it is empty, and until there are as many as it wants", async () => {
    const queue = new Queue<number>();
    const one = queue.get();
    const three = queue.get(4, { min: 3 });
    await queue.putAll([1, 2, 3]);
    expect(await one).toBe(1);
    expect(await stateOf(three)).toBe("waits");
    await queue.putAll([4, 5, 6]);
    expect(await three).toEqual([2, 3, 4, 5]);
    expect(queue.size).toBe(1);
  });

  it("has a put wait while it is full, until a get makes room", async () => {
    const queue = new Queue<number>(2);
    await queue.putAll([1, 2]);
    const third = queue.put(3);
    expect(await stateOf(third)).toBe("waits");
    expect(queue.waiting).toEqual({ puts: 1, gets: 0 });
    expect(await queue.get()).toBe(1);
    await third;
    expect(queue.size).toBe(2);
  });

  it("serves those who wait in the order in which they came", async () => {
    const queue = new Queue<number>(1);
    const gets = [queue.get(), queue.get(), queue.get()];
    for (const item of [1, 2, 3]) await queue.put(item);
    expect(await Promise.all(gets)).toEqual([1, 2, 3]);
    const puts = [1, 2, 3].map((item) => queue.put(item));
    expect(await queue.get(3)).toEqual([1, 2, 3]);
    await Promise.all(puts);
  });

  it("puts more than it holds, with nothing of others between", async () => {
    const queue = new Queue<number>(2);
    const all = queue.putAll([1, 2, 3, 4, 5]);
    const other = queue.put(6);
    const got: number[] = [];
    while (got.length < 6) got.push(...(await queue.get(2)));
    expect(got).toEqual([1, 2, 3, 4, 5, 6]);
    await Promise.all([all, other]);
  });

  it("holds what is undefined as any other item", async () => {
    const queue = new Queue<undefined>();
    await queue.put(undefined);
    expect(queue.size).toBe(1);
    expect(await queue.get(2)).toEqual([undefined]);
  });

  it("tries: puts where there is room, gets what is there, and waits for nothing", async () => {
    const queue = new Queue<number>(2);
    expect(queue.tryGet()).toBe(undefined);
    expect(queue.tryGet(3)).toEqual([]);
    expect([queue.tryPut(1), queue.tryPut(2), queue.tryPut(3)]).toEqual([true, true, false]);
    expect(queue.tryGet()).toBe(1);
    expect(queue.tryGet(3)).toEqual([2]);
  });

  it("does not let one who tries go before those who wait", async () => {
    const queue = new Queue<number>(2);
    await queue.putAll([1, 2]);
    const waits = queue.putAll([3, 4]);
    expect(queue.tryPut(9)).toBe(false);
    expect(await queue.get(4)).toEqual([1, 2, 3, 4]);
    await waits;
    const two = queue.get(2, { min: 2 });
    await queue.put(5);
    expect(queue.tryGet()).toBe(undefined);
    await queue.put(6);
    expect(await two).toEqual([5, 6]);
  });

  it("gives its items to those who iterate, until it is closed", async () => {
    const queue = new Queue<number>(2);
    const filling = queue.putAll([1, 2, 3, 4]).then(() => queue.close());
    const got: number[] = [];
    for await (const item of queue.items()) got.push(item);
    expect(got).toEqual([1, 2, 3, 4]);
    await filling;
  });

  it("takes nothing for an iteration that was left", async () => {
    const queue = new Queue<number>();
    const items = queue.items();
    const waits = items.next();
    await items.return!();
    expect(await waits).toEqual({ done: true, value: undefined });
    await queue.put(1);
    expect(queue.size).toBe(1);
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });
});

describe("a put or get that is given up", () => {
  it("leaves a full queue by its timeout, and the item is not added", async () => {
    const queue = new Queue<string>(1);
    await queue.put("first");
    const given = queue.put("given up", { timeout: 1 });
    const patient = queue.put("patient");
    expect(await failureOf(given)).toMatchObject({ code: "ERR_TIMEOUT" });
    expect(await queue.get(3)).toEqual(["first", "patient"]);
    await patient;
  });

  it("leaves an empty queue by its signal, and no item is lost with it", async () => {
    const queue = new Queue<string>();
    const controller = new AbortController();
    const given = queue.get({ signal: controller.signal });
    const patient = queue.get();
    controller.abort();
    await queue.put("item");
    expect(await failureOf(given)).toMatchObject({ code: "ERR_CANCELLED" });
    expect(await patient).toBe("item");
    expect(queue.waiting).toEqual({ puts: 0, gets: 0 });
  });

  it("does nothing with a signal that has aborted", async () => {
    const queue = new Queue<string>();
    await queue.put("item");
    const signal = AbortSignal.abort();
    expect(await failureOf(queue.get({ signal }))).toMatchObject({ code: "ERR_CANCELLED" });
    expect(await failureOf(queue.put("other", { signal }))).toMatchObject({ code: "ERR_CANCELLED" });
    expect(queue.size).toBe(1);
  });

  it("lets those behind it have what is there", async () => {
    const queue = new Queue<number>();
    const many = queue.get(5, { min: 5, timeout: 1 });
    const one = queue.get();
    await queue.put(1);
    expect(await failureOf(many)).toMatchObject({ code: "ERR_TIMEOUT" });
    expect(await one).toBe(1);
  });

  it("says how many items of many are in, and leaves them there", async () => {
    const queue = new Queue<number>(2);
    const error = await failureOf(queue.putAll([1, 2, 3, 4], { timeout: 1 }));
    expect(error).toMatchObject({ code: "ERR_TIMEOUT", details: { added: 2 } });
    expect(await queue.get(4)).toEqual([1, 2]);
  });
});

describe("closing a queue", () => {
  it("gives what is left, then nothing", async () => {
    const queue = new Queue<number>();
    await queue.putAll([1, 2, 3]);
    queue.close();
    queue.close();
    expect(queue.isClosed).toBe(true);
    expect([await queue.get(), await queue.get(5, { min: 5 })]).toEqual([1, [2, 3]]);
    expect([await queue.get(), await queue.get(5), queue.tryGet()]).toEqual([undefined, [], undefined]);
  });

  it("fails those who wait to put, and ends the wait of those who get", async () => {
    const full = new Queue<number>(1);
    const puts = full.putAll([1, 2]);
    full.close();
    expect(await failureOf(puts)).toEqual(closed);
    expect(await full.get(2)).toEqual([1]);

    const empty = new Queue<number>();
    await empty.put(1);
    const gets = [empty.get(3, { min: 3 }), empty.get(3), empty.get()];
    empty.close();
    expect(await Promise.all(gets)).toEqual([[1], [], undefined]);
  });

  it("takes nothing more", async () => {
    const queue = new Queue<number>();
    await queue[Symbol.asyncDispose]();
    expect(await failureOf(queue.put(1))).toEqual(closed);
    expect(await failureOf(queue.putAll([1]))).toEqual(closed);
    expect(() => queue.tryPut(1)).toThrow("The queue was closed");
  });
});

describe("wrong use of a queue", () => {
  it.each([0, -1, 1.5, NaN, Infinity, "3"])("a capacity of %s is ERR_CONFIG", (capacity) => {
    expect(() => new Queue(capacity as number)).toThrow(/capacity of a queue must be a whole number from 1/);
  });

  it.each([0, -1, 1.5, NaN])("get(%s) is ERR_CONFIG, and so is tryGet", async (n) => {
    const queue = new Queue<number>();
    expect(await failureOf(queue.get(n))).toMatchObject({ code: "ERR_CONFIG" });
    expect(() => queue.tryGet(n)).toThrow(/whole number from 1/);
  });

  it("more to wait for than it holds, or than is asked for, is ERR_CONFIG: it would never come", async () => {
    const queue = new Queue<number>(4);
    expect(await failureOf(queue.get(9, { min: 5 }))).toMatchObject({
      code: "ERR_CONFIG",
      message: "The min of get(n) must be a whole number from 1 to 4, not 5.",
    });
    expect(await failureOf(queue.get(2, { min: 3 }))).toMatchObject({ code: "ERR_CONFIG" });
  });

  it("too many who wait are ERR_MAILBOX_FULL", async () => {
    const queue = new Queue<number>(1, { waiters: 2 });
    const gets = [queue.get(), queue.get()];
    const error = await failureOf(queue.get());
    expect(error).toMatchObject({ code: "ERR_MAILBOX_FULL", retryable: true });
    await queue.putAll([1, 2, 3]);
    const puts = [queue.put(4), queue.put(5)];
    expect(await failureOf(queue.put(6))).toMatchObject({ code: "ERR_MAILBOX_FULL" });
    expect(await queue.get(9)).toEqual([3, 4, 5]);
    await Promise.all([...gets, ...puts]);
  });
});
