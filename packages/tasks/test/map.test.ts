import { objects } from "@troupe/objects";
import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { defineTask } from "../src/index.js";
import { fail, plain, untilAborted, upTo } from "./programs/tasks.mjs";
import { failureOf, startSystem } from "./support/start.js";

noLeftovers();

const double = defineTask(plain, { module: new URL("programs/tasks.mjs", import.meta.url).href });
const items = Array.from({ length: 1_000 }, (_, index) => index);

describe("a task over many items", () => {
  it("gives the values in their order, and says how far it is", async () => {
    await using _ = await startSystem({ pools: 2 });
    const doubled = double.map(items);
    expect([doubled.total, doubled.completed]).toEqual([1_000, 0]);
    expect(await all(doubled)).toEqual(items.map((item) => item * 2));
    expect(doubled.completed).toBe(1_000);
    const unordered = await all(double.map(new Set(items), { ordered: false, concurrency: 7 }));
    expect(unordered.sort((a, b) => a - b)).toEqual(items.map((item) => item * 2));
    expect(await all(double.map([]))).toEqual([]);
    expect(await all(double.map([objects.put(4)]))).toEqual([8]);
  });

  it("asks for items only as there is room", async () => {
    await using _ = await startSystem();
    let asked = 0;
    async function* source() {
      for (; ; asked++) yield await Promise.resolve(asked);
    }
    const doubled = double.map(source(), { concurrency: 4 });
    expect(doubled.total).toBeUndefined();
    for (let index = 0; index < 10; index++) expect((await doubled.next()).value).toBe(index * 2);
    expect(asked).toBeLessThan(10 + 2 * 4 + 2);
    await doubled.return!();
  });

  it("fails with the first failure, of a run or of the items, and cancels the others", async () => {
    await using running = await startSystem();
    expect((await failureOf(all(fail.map(["oh"])))).message).toBe("oh");
    function* broken() {
      yield 1;
      throw new RangeError("no more items");
    }
    expect(await failureOf(all(double.map(broken())))).toBeInstanceOf(RangeError);
    const stuck = untilAborted.map([running.file, running.file], { timeout: 200 });
    expect(await failureOf(all(stuck))).toMatchObject({ code: "ERR_TIMEOUT" });
    await running.noted("aborted ERR_CANCELLED");
    const controller = new AbortController();
    const signalled = untilAborted.map([running.file], { signal: controller.signal });
    const failure = failureOf(all(signalled));
    controller.abort();
    expect(await failure).toMatchObject({ code: "ERR_CANCELLED" });
    expect(running.tasks.submitter.size).toBe(0);
  });

  it("is refused where it can have no meaning", () => {
    const wrong = expect.objectContaining({ code: "ERR_CONFIG" });
    expect(() => double.map([1], { concurrency: 0 })).toThrow(wrong);
    expect(() => upTo.map([1])).toThrow(wrong);
    expect(() => double.with({ returns: 2 }).map([1])).toThrow(wrong);
  });
});

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}
