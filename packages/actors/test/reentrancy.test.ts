import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type ActorOptions, actorOf, kill, stop } from "../src/index.js";
import { Link } from "./programs/links.mjs";
import { failureOf, type Ref, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem({ pools: 2 });
});
afterAll(() => running[Symbol.asyncDispose]());

const pathOf = (ref: Ref) => actorOf(ref).path;

const layouts = [
  { where: "of one process", pools: ["pool-0", "pool-0"] },
  { where: "of the same process", pools: ["driver-0", "driver-0"] },
  { where: "of two processes", pools: ["pool-0", "pool-1"] },
] as const;

describe.each(layouts)("between actors $where", ({ pools: [here, there] }) => {
  const link = async (pool: string, options: ActorOptions = {}) =>
    (await running.system.create(Link, [], { pool, ...options })) as Ref;
  const logOf = async (ref: Ref) => (await ref["read"]()) as string[];
  const began = (ref: Ref, name: string) =>
    waitUntil(async () => (await logOf(ref)).includes(`begin ${name}`), { what: `${name} to begin` });

  describe.each(["chain", true] as const)("reentrant: %j", (reentrant) => {
    it("lets a call in that is part of one that runs, at any depth, and of itself", async () => {
      const [a, b] = [await link(here, { reentrant }), await link(there, { reentrant })];
      expect(await a["pass"]([b, a])).toEqual([a, b, a].map(pathOf));
      expect(await a["pass"]([a])).toEqual([a, a].map(pathOf));
      const long = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? b : a));
      expect(await a["pass"](long)).toEqual([a, ...long].map(pathOf));
      expect(await a["readThrough"](b)).toContain("in 2");
      expect(await a["batchThrough"](b, ["x", "y"])).toEqual(["x", "y"]);
      expect(await a["timedThrough"](b)).toBe("timed");
    });

    it("takes it before what waits, and beside the one that it is part of", async () => {
      const concurrency = { default: 1, besides: "unbounded" } as const;
      const [a, b] = [await link(here, { reentrant, concurrency }), await link(there)];
      const passed = a["holdThenPass"]("x", [b, a]);
      await began(a, "x");
      const behind = a["note"]("behind");
      await a["release"]("x");
      expect(await passed).toEqual([a, b, a].map(pathOf));
      expect(await behind).toBe("behind");
      expect(await logOf(a)).toEqual(["begin x", "end x", "in 2", "in 0", "out 0", "out 2", "behind"]);
    });

    it("has tells and timers wait for their turn: they are part of nothing", async () => {
      const concurrency = { default: 1, besides: "unbounded" } as const;
      const [a, b] = [await link(here, { reentrant, concurrency }), await link(there)];
      await a["tellThrough"](b);
      await waitUntil(async () => (await logOf(a)).length === 3, { what: "all to be there" });
      expect((await logOf(a))[0]).toBe("told");
    });
  });

  it('reentrant: "chain" keeps calls of others waiting', async () => {
    const a = await link(here, { reentrant: "chain" });
    const held = a["hold"]("x");
    await began(a, "x");
    const behind = a["note"]("behind");
    await a["release"]("x");
    await Promise.all([held, behind]);
    expect(await logOf(a)).toEqual(["begin x", "end x", "behind"]);
  });

  it("reentrant: true has them begin while others wait for something", async () => {
    const a = await link(here, { reentrant: true, concurrency: { besides: "unbounded" } });
    const held = a["hold"]("x");
    expect(await a["note"]("between")).toBe("between");
    await began(a, "x");
    await a["release"]("x");
    await held;
    expect(await logOf(a)).toEqual(["begin x", "between", "end x"]);
  });

  it("one that has more of them running than it has slots stops and is killed as any", async () => {
    const concurrency = { default: 1, besides: "unbounded" } as const;
    const make = () => link(here, { reentrant: "chain", concurrency });
    const [a, b, c] = [await make(), await link(there), await make()];
    const passed = a["pass"]([b, a, a]);
    expect(await passed).toHaveLength(4);
    await stop(a);
    expect(await failureOf(a["note"]("late"))).toMatchObject({ code: "ERR_ACTOR_DIED" });
    const killed = failureOf(c["holdThenPass"]("x", [c]));
    await began(c, "x");
    await kill(c);
    expect(await killed).toMatchObject({ code: "ERR_ACTOR_DIED" });
  });
});

it("a chain longer than what travels is a call as any", async () => {
  const make = async (pool: string) =>
    (await running.system.create(Link, [], { pool, reentrant: "chain" })) as Ref;
  const [a, b] = [await make("pool-0"), await make("pool-1")];
  const long = Array.from({ length: 1_100 }, (_, index) => (index % 2 === 0 ? b : a));
  expect(await a["pass"](long)).toHaveLength(1_101);
});

it("anything else is ERR_CONFIG", async () => {
  const create = (reentrant: unknown) => running.system.create(Link, [], { reentrant: reentrant as boolean });
  for (const bad of ["sometimes", 1, null])
    expect(await failureOf(create(bad))).toMatchObject({
      code: "ERR_CONFIG",
      details: { option: "reentrant" },
    });
});
