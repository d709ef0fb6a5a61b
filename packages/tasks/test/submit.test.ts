import { objects } from "@troupe/objects";
import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { defineTask } from "../src/index.js";
import {
  add,
  addLater,
  delegate,
  echo,
  large,
  nothing,
  passOn,
  pid,
  several,
  sumUp,
  total,
  unwrap,
} from "./programs/tasks.mjs";
import { failureOf, startSystem } from "./support/start.js";

noLeftovers();

describe("a task that is submitted", () => {
  it("runs in a pool, and is the plain function where it is called", async () => {
    await using _ = await startSystem();
    expect(await objects.get(add.submit(1, 2))).toBe(3);
    expect(await objects.get(pid.submit())).not.toBe(process.pid);
    expect(add(1, 2)).toBe(3);
    expect(pid()).toBe(process.pid);
    expect(add.name).toBe("add");
  });

  it("takes refs as their values: a graph", async () => {
    await using _ = await startSystem({ pools: 2 });
    const three = add.submit(1, objects.put(2));
    const six = addLater.submit(three, three);
    expect(await objects.get(add.submit(six, add.submit(six, 1)))).toBe(13);
  });

  it("keeps refs in structures as refs, there and back", async () => {
    await using _ = await startSystem({ pools: 2 });
    const ref = objects.put(5);
    expect(await objects.get(unwrap.submit({ ref }))).toBe(5);
    const box = await objects.get(delegate.submit(2, 3));
    expect(await objects.get(box.ref)).toBe(5);
    const inner = await objects.get(passOn.submit(add.submit(1, 1)));
    expect(await objects.get(inner)).toBe(3);
  });

  it("takes arguments down as they are at that time", async () => {
    await using _ = await startSystem();
    const list = [1];
    const ref = echo.submit(list, "x");
    list.push(2);
    expect(await objects.get(ref)).toEqual([[1], "x"]);
    const array = new Float64Array(100_000).fill(1);
    const sum = total.submit(array);
    array.fill(2);
    expect(await objects.get(sum)).toBe(100_000);
  });

  it("gives values of any kind and size, and none", async () => {
    await using _ = await startSystem();
    const values = [null, undefined, 7n, new Date(5), new Map([[1, new Set(["a"])]]), "é".repeat(10_000), -0];
    expect(await objects.get(echo.submit(...values))).toEqual(values);
    expect(await objects.get(nothing.submit())).toBeUndefined();
    const array = await objects.get(large.submit(1_000_000, 2));
    expect(array).toHaveLength(1_000_000);
    expect(array[999_999]).toBe(2);
    expect(await objects.get(total.submit(large.submit(200_000, 3)))).toBe(600_000);
  });

  it("has no need of its arguments' refs any more", async () => {
    await using _ = await startSystem();
    const ref = objects.put(new Float64Array(100_000).fill(1));
    const sum = total.submit(ref);
    ref.release();
    expect(await objects.get(sum)).toBe(100_000);
  });

  it("gives a ref to each of several values", async () => {
    await using _ = await startSystem();
    const [a, b, c] = several.submit(3);
    expect(await objects.get([a!, b!, c!])).toEqual([0, 1, 4]);
    const refs = several.with({ returns: 3_000 }).submit(3_000);
    expect(refs).toHaveLength(3_000);
    expect(await objects.get(refs[2_999]!)).toBe(2_999 ** 2);
    const [wrong] = several.submit(2);
    expect(await failureOf(objects.get(wrong!))).toMatchObject({
      code: "ERR_CONFIG",
      details: { returns: 3 },
    });
  });

  it("takes 10,000 arguments, and 10,000 results are had at once", async () => {
    await using _ = await startSystem({ pools: 2 });
    const refs = Array.from({ length: 10_000 }, (_, index) => add.submit(index, 0));
    expect((await objects.get(refs))[9_999]).toBe(9_999);
    expect(await objects.get(sumUp.submit(...refs))).toBe(49_995_000);
  });

  it("is one of a graph of 100,000", async () => {
    await using _ = await startSystem({ pools: 2 });
    let level = Array.from({ length: 50_000 }, (_, index) => add.submit(index, 1));
    let count = level.length;
    while (level.length > 1) {
      const next = [];
      for (let at = 0; at < level.length; at += 2) next.push(add.submit(level[at]!, level[at + 1] ?? 0));
      count += next.length;
      level = next;
    }
    expect(count).toBeGreaterThanOrEqual(100_000);
    expect(await objects.get(level[0]!)).toBe((50_000 * 50_001) / 2);
  });

  it("may be the last of a chain of 10,000", async () => {
    await using _ = await startSystem({ pools: 2 });
    let last = add.submit(0, 1);
    for (let link = 1; link < 10_000; link++) last = add.submit(last, 1);
    expect(await objects.get(last)).toBe(10_000);
  });
});

describe("what cannot be submitted", () => {
  it("is said at once", async () => {
    await using _ = await startSystem();
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    expect(() => echo.submit(1, { inner: () => 1 })).toThrow(
      expect.objectContaining({
        code: "ERR_NOT_SERIALIZABLE",
        message: expect.stringMatching(/^The task echo, arguments\[1\]: Cannot send .*inner/),
        details: expect.objectContaining({ task: "echo", what: "arguments[1]" }),
      }),
    );
    expect(() => echo.submit(cyclic)).toThrow(expect.objectContaining({ code: "ERR_NOT_SERIALIZABLE" }));
    const released = objects.put(1);
    released.release();
    expect(() => echo.submit(released)).toThrow(expect.objectContaining({ code: "ERR_OBJECT_LOST" }));
    const homeless = defineTask(function homeless() {});
    expect(() => homeless.submit()).toThrow(expect.objectContaining({ code: "ERR_MODULE" }));
  });

  it("is said when it is defined, where that is possible", () => {
    const wrong = expect.objectContaining({ code: "ERR_CONFIG" });
    expect(() => defineTask(() => 1)).toThrow(wrong);
    expect(() => defineTask(7 as never)).toThrow(wrong);
    const wrongOptions: readonly object[] = [
      { cpu: -1 },
      { gpu: NaN },
      { retries: 0.5 },
      { timeout: 0 },
      { returns: 0 },
      { scheduling: "somewhere" },
      { scheduling: { group: {}, bundle: 0 } },
      { scheduling: { group: { id: "a" }, bundle: "0" } },
      { isolation: "vm" },
      { retryOn: 5 },
      { color: 1 },
      [],
    ];
    for (const options of wrongOptions)
      expect(() => defineTask(function wrongly() {}, { options }), JSON.stringify(options)).toThrow(wrong);
    expect(() => add.with({ retries: -1 })).toThrow(wrong);
  });

  it("is said by the result where only the pool can tell, and where no pool ever can run it", async () => {
    await using _ = await startSystem();
    const { makeClosure } = await import("./programs/tasks.mjs");
    const closure = await failureOf(objects.get(makeClosure(5).submit()));
    expect(closure).toMatchObject({ code: "ERR_MODULE", details: { task: "closure" } });
    expect(closure.message).toContain("variables around it");
    const gone = defineTask(function gone() {}, { module: "file:///nowhere/gone.mjs" });
    expect(await failureOf(objects.get(gone.submit()))).toMatchObject({ code: "ERR_MODULE" });
    const greedy = await failureOf(objects.get(add.with({ cpu: 64 }).submit(1, 2)));
    expect(greedy).toMatchObject({ code: "ERR_NO_RESOURCES" });
    const far = await failureOf(objects.get(add.with({ scheduling: { host: "host-9" } }).submit(1, 2)));
    expect(far).toMatchObject({ code: "ERR_NO_RESOURCES" });
    const exotic = await failureOf(objects.get(add.with({ resources: { camera: 1 } }).submit(1, 2)));
    expect(exotic).toMatchObject({ code: "ERR_NO_RESOURCES" });
  });

  it("finds a function that its module only exports", async () => {
    await using _ = await startSystem();
    const { plain } = await import("./programs/tasks.mjs");
    const module = new URL("programs/tasks.mjs", import.meta.url).href;
    expect(await objects.get(defineTask(plain, { module }).submit(4))).toBe(8);
  });
});
