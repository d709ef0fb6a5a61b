import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { actorOf, context, defineActor, kill, type Seat, stop, watch } from "../src/index.js";
import { Clinging, Counter, Gate, Parent, Tenant, Unstartable, Watcher } from "./programs/actors.mjs";
import { failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem({ pools: 2 });
});
afterAll(() => running[Symbol.asyncDispose]());

const methods = { open: { concurrencyGroup: "keys" }, history: { concurrencyGroup: "keys" } };
const concurrency = { keys: "unbounded" as const };

async function began(gate: Ref, name: string): Promise<void> {
  await waitUntil(async () => ((await gate["history"]()) as string[]).includes(`begin ${name}`), {
    what: name,
  });
}

async function events(ref: Ref): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of watch(ref)) seen.push(event);
  return seen;
}

describe.each(routes)("an actor $route", ({ pool }) => {
  const create = async (Class: new (...args: never) => object, ...args: unknown[]) =>
    (await running.system.create(Class as never, args as never, { pool })) as Ref;
  const createGate = async () =>
    (await running.system.create(Gate, [], { pool, methods, concurrency })) as Ref;

  it.each(["constructor", "onStart"])(
    "whose %s throws is ERR_ACTOR_START with the cause, and leaves nothing",
    async (how) => {
      const before = running.system.actors().length;
      const error = await failureOf(create(Unstartable, how));
      expect(error).toMatchObject({
        code: "ERR_ACTOR_START",
        cause: { message: expect.stringMatching(/^cannot/) },
      });
      expect((error as Error).cause).toBeInstanceOf(RangeError);
      expect((error as Error).message).toContain(`Unstartable could not be made in ${pool}: cannot`);
      expect(running.system.actors()).toHaveLength(before);
    },
  );

  it("handles nothing before its onStart is done", async () => {
    const actor = await create(Unstartable, "well");
    expect(await actor["heard"]).toEqual({ how: "well", started: true });
  });

  it("that is stopped finishes what waits for it, then its onStop, and takes no more", async () => {
    const gate = await createGate();
    const other = await createGate();
    await gate["tellEnd"](other);
    const held = gate["holdWith"](other, "a");
    const waiting = gate["note"]("b");
    await began(other, "a");
    const stopped = stop(gate, "we are done");
    await waitUntil(
      async () => (await gate["note"].with({ timeout: 100 })("late").catch(String)).includes("stopped"),
      {
        what: "a refusal",
      },
    );
    expect(running.system.actors().some(({ id }) => id === actorOf(gate).id)).toBe(true);
    await other["open"]("a");
    expect(await Promise.all([held, waiting])).toEqual(["a", "b"]);
    await stopped;
    expect((await other["history"]()).at(-1)).toMatch(/^begin a, b, (late, )*stop we are done$/);
    expect(running.system.actors().some(({ id }) => id === actorOf(gate).id)).toBe(false);
    const error = await failureOf(gate["note"]("later"));
    expect(error).toMatchObject({ code: "ERR_ACTOR_DIED", retryable: false });
    expect((error as Error).message).toContain("was stopped: we are done");
    await stop(gate);
  });

  it("that is stopped has the signal of its onStart aborted, and ends what waits for that", async () => {
    const tenant = (await running.system.create(Tenant, [], { pool, concurrency: 2 })) as Ref;
    const staying = tenant["stay"]() as Promise<unknown>;
    expect(await tenant["isAtHome"]).toBe(true);
    await stop(tenant);
    expect(await staying).toBe("ERR_ACTOR_DIED");
  });

  it("that is killed fails what runs and what waits, at once", async () => {
    const gate = await createGate();
    const sleeping = gate["sleep"]("a");
    const waiting = gate["note"]("b");
    await waitUntil(async () => ((await gate["history"]()) as string[]).length > 0, { what: "the sleep" });
    const failures = Promise.all([failureOf(sleeping), failureOf(waiting)]);
    await kill(gate, "out of patience");
    for (const error of await failures) {
      expect(error).toMatchObject({ code: "ERR_ACTOR_DIED", details: { actor: actorOf(gate).id } });
      expect((error as Error).message).toContain("out of patience");
    }
    expect(await failureOf(gate["note"]("c"))).toMatchObject({ code: "ERR_ACTOR_DIED" });
  });

  it("that hangs in its onStop can be waited for with a bound, and killed: those who wait for its end hear of it", async () => {
    const gate = await createGate();
    const clinging = await create(Clinging, gate);
    const stopped = stop(clinging);
    const stopping = async () => ((await gate["history"]()) as string[]).includes("stopping");
    await waitUntil(stopping, { what: "its onStop" });
    expect(await failureOf(stop(clinging, { timeout: 1 }))).toMatchObject({ code: "ERR_TIMEOUT" });
    expect(await failureOf(stop(clinging, { signal: AbortSignal.abort() }))).toMatchObject({
      code: "ERR_CANCELLED",
    });
    expect(await failureOf(stop(clinging, { reson: "misspelt" } as object))).toMatchObject({
      code: "ERR_CONFIG",
    });
    await kill(clinging, { reason: "it hangs", timeout: 60_000 });
    await stopped;
  });

  it("that is killed while it stops, and runs something, has no onStop", async () => {
    const gate = await createGate();
    const clinging = await create(Clinging, gate);
    const held = failureOf(clinging["hold"]());
    await waitUntil(async () => ((await gate["history"]()) as string[]).includes("holding"), { what: "it" });
    const stopped = stop(clinging);
    await kill(clinging);
    await stopped;
    expect(await held).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(await gate["history"]()).toEqual(["holding"]);
  });

  it("may stop itself from within a method, which returns first", async () => {
    const parent = await create(Parent);
    const gone = events(parent);
    expect(await parent["stopSelf"]()).toBe("stopping");
    expect(await gone).toEqual(["stopped"]);
    expect((await failureOf(parent["describe"]())) as Error).toMatchObject({
      message: expect.stringContaining("enough"),
    });
  });

  it("is watched until its end", async () => {
    const stopped = await create(Counter);
    const killed = await create(Counter);
    const both = Promise.all([events(stopped), events(killed)]);
    await stop(stopped);
    await kill(killed);
    expect(await both).toEqual([["stopped"], ["died"]]);
    expect(await events(killed)).toEqual(["died"]);
  });

  it("knows its place in the tree, and makes children there", async () => {
    const parent = await create(Parent);
    const child = (await parent["make"]("Parent", [], { pool: "pool-1" })) as Ref;
    const grandchild = (await child["make"]("Counter", [5])) as Ref;
    const { path } = actorOf(parent);
    expect(actorOf(child).path).toBe(`${path}/parent-0`);
    expect(actorOf(grandchild).path).toBe(`${path}/parent-0/counter-0`);
    expect(await grandchild["add"](1)).toBe(6);
    expect(await child["describe"]()).toMatchObject({
      self: `${path}/parent-0`,
      parent: path,
      children: [`${path}/parent-0/counter-0`],
      path: `${path}/parent-0`,
      name: "parent-0",
      host: "host-0",
      pid: actorOf(child).pid,
    });
    expect(await parent["find"](`${path}/parent-0`)).toBe(child);
    expect(await parent["find"]("nowhere")).toBe(undefined);
  });

  it("stops its children before itself, but for the detached", async () => {
    const parent = await create(Parent);
    const child = (await parent["make"]("Parent", [], { pool })) as Ref;
    const grandchild = (await child["make"]("Counter", [], { pool })) as Ref;
    const detached = (await parent["make"]("Counter", [], { detached: true })) as Ref;
    const order: string[] = [];
    const watched = [child, grandchild, parent].map((ref) =>
      events(ref).then((seen) =>
        order.push(`${actorOf(ref).class} ${actorOf(ref).path.split("/").length} ${seen.join()}`),
      ),
    );
    await stop(parent);
    await Promise.all(watched);
    expect(order).toEqual(["Counter 3 stopped", "Parent 2 stopped", "Parent 1 stopped"]);
    expect(await detached["add"](1)).toBe(1);
  });

  it.each(["stop", "kill"])("that has ended by %s() is gone for all who ask from then on", async (how) => {
    const parent = await create(Parent);
    await parent["renew"](how, 50, "Counter", [], { pool: "pool-1", name: "renewed" });
    await stop(parent);
  });

  it("that is killed takes its children with it", async () => {
    const parent = await create(Parent);
    const child = (await parent["make"]("Counter", [], { pool: "pool-1" })) as Ref;
    const gone = events(child);
    await kill(parent);
    expect(await gone).toEqual(["stopped"]);
  });

  it("may stop what it is part of, without waiting for itself", async () => {
    const parent = await create(Parent);
    const child = (await parent["make"]("Parent")) as Ref;
    const gone = Promise.all([events(parent), events(child)]);
    await child["stopOther"](parent);
    expect(await gone).toEqual([["stopped"], ["stopped"]]);
  });

  it("sees its messages when it wants to, and lets them through or not", async () => {
    const watcher = await create(Watcher);
    expect(await watcher["double"](4)).toBe(8);
    expect(await failureOf(watcher["hidden"]())).toMatchObject({ message: "not for you" });
    await watcher["double"].tell(1);
    expect(await watcher["seen"]).toEqual([
      ["double", [4]],
      ["hidden", []],
      ["double", [1]],
    ]);
  });
});

describe("an actor's name", () => {
  const named = (options: object = {}) => running.system.create(Counter, [], { name: "the-one", ...options });

  it("is taken by one at a time, and finds it", async () => {
    const first = (await named()) as Ref;
    expect(await failureOf(named())).toMatchObject({ code: "ERR_NAME_TAKEN" });
    expect(await named({ getIfExists: true })).toBe(first);
    expect(await running.system.find("the-one")).toBe(first);
    expect(await running.system.find(actorOf(first).path)).toBe(first);
    await stop(first);
    expect(await running.system.find("the-one")).toBe(undefined);
  });

  it("goes to the next when it is free; old references say so, with the newer incarnation", async () => {
    const first = (await named()) as Ref;
    await stop(first, "to be replaced");
    const second = (await named()) as Ref;
    expect(second).not.toBe(first);
    expect(actorOf(second).incarnation).toBe(actorOf(first).incarnation + 1);
    const error = await failureOf(first["add"](1));
    const successor = { id: actorOf(second).id, incarnation: actorOf(second).incarnation };
    expect(error).toMatchObject({ code: "ERR_ACTOR_DIED", details: { successor } });
    expect((error as Error).message).toContain(actorOf(second).path);
    await stop(second);
  });
});

it("an actor whose pool dies while it is made is ERR_ACTOR_START, and leaves nothing", async () => {
  const before = running.system.actors().length;
  const error = await failureOf(running.system.create(Unstartable, ["crash"], { pool: "pool-1" }));
  expect(error).toMatchObject({ code: "ERR_ACTOR_START", retryable: true, details: { signal: "SIGKILL" } });
  await waitUntil(() => running.system.cluster.pools()[1]!.state === "up", { what: "the pool to be back" });
  expect(running.system.actors().length).toBeLessThanOrEqual(before);
});

it("what an actor writes is ascribed to it", async () => {
  const parent = (await running.system.create(Parent, [], { pool: "pool-0" })) as Ref;
  await parent["say"]("hello there");
  const { path, pid } = actorOf(parent);
  await waitUntil(() => running.lines.includes(`(${path} pid=${pid}) hello there`), { what: "the line" });
});

it("context() outside of an actor is ERR_CONFIG", () => {
  expect(() => context()).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
});

it("what is attached to an actor uses its mailbox, and is closed before its onStop", async () => {
  const order: string[] = [];
  let seat: Seat | undefined;
  class Attached {
    async slow() {
      order.push("slow begins");
      await new Promise((resolve) => setImmediate(resolve));
      order.push("slow ends");
    }
    onStop() {
      order.push("onStop");
    }
  }
  defineActor(Attached, {
    attach: (instance, its) => {
      order.push(`attached to ${instance.constructor.name}`);
      seat = its;
      return { close: () => void order.push("closed") };
    },
  });
  const attached = await running.system.create(Attached, [], { pool: "driver-0" });
  const slow = attached.slow();
  const performed = seat!.perform("message", async () => order.push(`in ${context().path}`));
  await Promise.all([slow, performed]);
  expect(await failureOf(seat!.perform("bad", () => Promise.reject(new RangeError("mine"))))).toBeInstanceOf(
    RangeError,
  );
  await stop(attached);
  const inside = `in ${actorOf(attached).path}`;
  expect(order).toEqual(["attached to Attached", "slow begins", "slow ends", inside, "closed", "onStop"]);
  expect(await failureOf(seat!.perform("late", () => 1))).toMatchObject({ code: "ERR_ACTOR_DIED" });
});

it("an actor that never finishes is given up when the cluster closes", async () => {
  const { system } = await startSystem();
  const gates = [];
  for (const pool of ["pool-0", "driver-0"]) gates.push((await system.create(Gate, [], { pool })) as Ref);
  const held = gates.map((gate) => failureOf(gate["hold"]("for ever")));
  await system.close();
  for (const error of await Promise.all(held))
    expect((error as { code?: string }).code).toMatch(/^ERR_(ACTOR_DIED|CLOSED)$/);
});
