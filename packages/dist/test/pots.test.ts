import { actorOf, type Cluster, dist, stop } from "@troupe/dist";
import { noLeftovers } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { add, Parent } from "./programs/actors.mjs";
import { add as otherAdd, rise, Slow, tally, where } from "./programs/functions.mjs";
import { failureOf, startCluster } from "./support/start.js";

noLeftovers();

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ pools: 2 });
});
afterAll(() => cluster.close());

describe("a function that is an actor", () => {
  it("is called in another process, and its properties are read there", async () => {
    expect(await add(1, 2)).toBe(3);
    expect(await add.unit).toBe("apples");
    expect(await where()).not.toBe(process.pid);
  });

  it("is told, sent, called in batches and with options, as a reference is", async () => {
    expect(await tally.send(1)).toBe(1);
    await tally.tell(2);
    expect(await tally.batch(tally.delay(3), tally.delay(4))).toEqual([6, 10]);
    expect(tally.tellAfter(1_000_000, 5).cancel()).toBe(true);
    expect(await tally.with({ timeout: 10_000 })(1)).toBe(11);
    expect(await failureOf(tally.batch(add.delay(1, 2) as never, {} as never))).toMatchObject({
      code: "ERR_BATCH_MIXED",
    });
    expect(await failureOf(Slow.with({ timeout: 1 })())).toMatchObject({ code: "ERR_TIMEOUT" });
  });

  it("streams what it yields", async () => {
    const seen: number[] = [];
    for await (const step of rise(3)) seen.push(step);
    expect(seen).toEqual([0, 1, 2]);
  });

  it("is one for all who call it, in whatever process", async () => {
    const parents = await Promise.all([Parent.create(), Parent.create()]);
    expect(new Set(parents.map((parent) => actorOf(parent).pool)).size).toBe(2);
    expect(await Promise.all(parents.map((parent) => parent.adds(2, 3)))).toEqual([5, 5]);
    const ofAdd = async () => (await cluster.actors()).filter((actor) => actor.class === "add");
    expect(await ofAdd()).toHaveLength(1);
    await Promise.all(parents.map((parent) => stop(parent)));
    expect(await add(1, 1)).toBe(2);
    expect(await ofAdd()).toHaveLength(1);
  });

  it("is another than the one of the same name in another module", async () => {
    expect(await otherAdd("a", "b")).toBe("ab");
    expect(await add(1, 2)).toBe(3);
  });

  it("outlives the actor that was the first to call it", async () => {
    const parent = await Parent.create();
    expect(await parent.multiplies(2, 3)).toBe(6);
    const made = (await cluster.actors()).find((actor) => actor.class === "multiply");
    await stop(parent);
    expect((await cluster.actors()).map(({ id }) => id)).toContain(made!.id);
  });

  it("is made again by the next call when its pool has died", async () => {
    const pid = await where();
    const dying = Slow();
    const slow = await Slow.create();
    process.kill(actorOf(slow).pid!, "SIGKILL");
    if (actorOf(slow).pid !== pid) process.kill(pid, "SIGKILL");
    expect(await failureOf(dying)).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(await failureOf(where())).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(await where()).not.toBe(pid);
  });

  it("has other options by with(): under another name it is another one", async () => {
    const second = tally.with({ name: "second", pool: "pool-1" });
    expect(await second(5)).toBe(5);
    const made = await second.create();
    expect(actorOf(made)).toMatchObject({ name: "second", pool: "pool-1" });
    expect(await made(1)).toBe(6);
    expect(await cluster.find("second")).toBe(made);
  });

  it("is made where the caller is: once in each cluster", async () => {
    const pid = await where();
    await using second = await startCluster({ pools: 1 });
    expect(await where()).not.toBe(pid);
    expect((await second.actors()).map((actor) => actor.class)).toEqual(["where"]);
    await second.close();
    expect(await where()).toBe(pid);
  });

  it("is no reference itself, and says where to get one", async () => {
    expect(() => actorOf(add)).toThrow("use await add.create()");
    expect(actorOf(await add.create())).toMatchObject({ class: "add" });
  });

  it("needs a name", () => {
    expect(() => dist(() => 1)).toThrow(/this one has none: dist\(function add/);
    expect(() => dist({ group: "x" })((() => 1) as never)).toThrow(
      /not a function that is no class, for a group/,
    );
  });

  it("that throws fails its caller, with its own class of error", async () => {
    expect(await failureOf(rise.with({ name: "none" })(-1) as Promise<unknown>)).toBeInstanceOf(RangeError);
  });
});
