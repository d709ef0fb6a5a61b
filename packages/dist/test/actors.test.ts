import { noLeftovers, waitUntil } from "@troupe/testkit";
import { actorOf, type Cluster, create, dist, kill, openStorage, type Remote, stop } from "@troupe/dist";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Counter, Parent } from "./programs/actors.mjs";
import {
  Base,
  DecoratedStatics,
  Derived,
  DistributedStatics,
  Kept,
  OwnStatics,
  Plain,
} from "./programs/classes.mjs";
import { failureOf, startCluster } from "./support/start.js";

noLeftovers();

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ pools: 2 });
});
afterAll(() => cluster.close());

describe("a distributed class", () => {
  it("makes actors by create(), in pools, each with its own state", async () => {
    const [one, two] = await Promise.all([Counter.create(), Counter.create(10)]);
    expect([await one.add(1), await two.add(1), await one.count]).toEqual([1, 11, 1]);
    const places = [actorOf(one), actorOf(two)];
    expect(new Set(places.map(({ pool }) => pool)).size).toBe(2);
    expect(await one.where()).toEqual({
      path: actorOf(one).path,
      name: actorOf(one).name,
      pid: actorOf(one).pid,
      host: "host-0",
    });
  });

  it("makes local instances by new, as ever", () => {
    const counter = new Counter(1);
    expect(counter.add(1)).toBe(2);
    expect(Object.keys(counter)).toEqual(["count"]);
  });

  it("makes actors by create() also of a class that has a create() of its own, which that keeps", async () => {
    expect(OwnStatics.create()).toBe("made");
    const actor = await DistributedStatics.create();
    expect(await actor.pid()).toBe(actorOf(actor).pid);
    expect(await DistributedStatics.find(actorOf(actor).path)).toBe(actor);
    expect(DistributedStatics.other()).toBe("other");
    await stop(actor);
  });

  it("keeps its own static members, also one that is named like ours, when it was decorated", () => {
    expect(DecoratedStatics.create()).toBe("made");
    expect(DecoratedStatics.find("it")).toBe("found it");
  });

  it("takes other options by with(), for that one actor", async () => {
    const { create: make } = Counter.with({ name: "special", pool: "pool-1" });
    const special = await make(5);
    expect(actorOf(special)).toMatchObject({ name: "special", pool: "pool-1" });
    expect(await special.count).toBe(5);
    expect(await failureOf(Counter.with({ nmae: "x" } as object).create())).toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringMatching(/Counter: there is no option nmae; name may be meant/),
    });
    await stop(special);
  });

  it("is found by name and by path, by get() and find()", async () => {
    const named = await Counter.with({ name: "findable" }).create();
    expect(await Counter.get("findable")).toBe(named);
    expect(await Counter.find(actorOf(named).path)).toBe(named);
    expect(await cluster.find("findable")).toBe(named);
    await stop(named);
    expect(await Counter.find("findable")).toBe(undefined);
    expect(await failureOf(Counter.get("findable"))).toMatchObject({
      code: "ERR_ACTOR_NOT_FOUND",
      message: expect.stringContaining('no actor "findable"'),
    });
  });

  it("is found in its namespace only", async () => {
    const options = { name: "spaced", namespace: "elsewhere" };
    const spaced = await Counter.with(options).create();
    expect(await Counter.find("spaced")).toBe(undefined);
    expect(await Counter.get("spaced", { namespace: "elsewhere" })).toBe(spaced);
  });

  it("makes one actor of a name: the second is ERR_NAME_TAKEN, unless getIfExists", async () => {
    const Named = Counter.with({ name: "only" });
    const only = await Named.create(1);
    const error = await failureOf(Named.create(2));
    expect(error).toMatchObject({ code: "ERR_NAME_TAKEN", message: expect.stringContaining('"only"') });
    expect(await Counter.with({ name: "only", getIfExists: true }).create(3)).toBe(only);
    expect(await only.count).toBe(1);
    await stop(only);
    expect(await (await Named.create(4)).count).toBe(4);
  });

  it("that is decorated makes actors by create(Class, args)", async () => {
    const kept = await create(Kept, ["a", 2]);
    expect(await kept.all()).toEqual(["a", 2]);
    expect(actorOf(await create(Kept, ["b", 3], { name: "kept" })).name).toBe("kept");
    expect(await (await cluster.create(Kept, ["c", 4])).all()).toEqual(["c", 4]);
  });

  it("and its subclass each make their own; a subclass that is not given to dist() says so", async () => {
    expect(await (await Base.create()).who()).toBe("Base");
    expect(await (await Derived.create()).who()).toBe("Derived of Base");
    class Undistributed extends Base {}
    expect(await failureOf(Undistributed.create())).toMatchObject({
      code: "ERR_CONFIG",
      message:
        "Undistributed is no distributed class, though it extends one: give it to dist() as well, as its base Base was.",
    });
    expect(() => Undistributed.with({})).toThrow("Undistributed is no distributed class");
  });

  it("that nobody gave to dist() has an actor in this process, and says why in no other", async () => {
    const here = await cluster.create(Plain, [], { pool: "driver-0" });
    expect(await here.pid()).toBe(process.pid);
    expect(await failureOf(cluster.create(Plain))).toMatchObject({ code: "ERR_MODULE" });
  });

  it("without a name is ERR_CONFIG", () => {
    expect(() => dist(class {}, import.meta)).toThrow(/needs a class with a name/);
    expect(() => dist({ mailbox: 3 })(class {})).toThrow(/needs a class with a name/);
  });
});

describe("an actor", () => {
  it("makes its children: by context().create and by their class", async () => {
    const parent = await Parent.create();
    const { path } = actorOf(parent);
    const children = [await parent.makes(1), await parent.makesByClass()] as Remote<
      InstanceType<typeof Counter>
    >[];
    expect(children.map((child) => actorOf(child).path)).toEqual([`${path}/counter-0`, `${path}/counter-1`]);
    expect(await parent.finds(`${path}/counter-0`)).toBe(children[0]);
    await stop(parent);
    expect((await cluster.actors()).filter((actor) => actor.path.startsWith(path))).toEqual([]);
  });

  it("throws its own class of error at the caller, with both stacks", async () => {
    const counter = await Counter.create();
    const error = await failureOf(counter.threw());
    expect(error).toBeInstanceOf(RangeError);
    expect(error.stack).toMatch(/programs\/actors\.mjs[^]*actors\.test\.ts/);
  });
});

describe("a reference", () => {
  it("is passed as an argument, kept, and given back, and is the same", async () => {
    const counter = await Counter.create();
    const parent = await Parent.create();
    expect(await parent.addTo(counter, 3)).toBe(3);
    await parent.keep(counter);
    expect(await parent.kept).toBe(counter);
    expect(await counter.count).toBe(3);
  });

  it("is stored, read back, and used: it is the same", async () => {
    const counter = await Counter.create(7);
    await using storage = await openStorage("memory:");
    await storage.put("counters", { best: counter, all: [counter] });
    const stored = await storage.get<{ best: typeof counter; all: (typeof counter)[] }>("counters");
    expect(stored!.best).toBe(counter);
    expect(await stored!.all[0]!.add(1)).toBe(8);
  });
});

describe("a cluster", () => {
  it("knows its actors, pools and this host", async () => {
    const counter = await Counter.with({ name: "known" }).create();
    expect(await cluster.actors()).toContainEqual(expect.objectContaining(actorOf(counter)));
    expect(cluster.pools()).toMatchObject([{ id: "pool-0" }, { id: "pool-1" }]);
    expect(cluster.hosts()).toMatchObject([{ name: "host-0", pools: ["pool-0", "pool-1"] }]);
  });

  it("adds and removes pools, and stops the actors of one that is removed", async () => {
    const { id } = await cluster.addPool({ label: "extra", execArgv: [] });
    const counter = await Counter.with({ pool: "extra" }).create();
    expect(actorOf(counter).pool).toBe(id);
    await cluster.removePool(id);
    expect(await failureOf(counter.add(1))).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(await failureOf(cluster.removePool(id))).toMatchObject({ code: "ERR_NO_RESOURCES" });
    expect(await failureOf(Counter.with({ pool: "extra" }).create())).toMatchObject({
      code: "ERR_NO_RESOURCES",
    });
  });

  it("tells of actors and pools that die, and of messages that nobody got", async () => {
    const heard: unknown[] = [];
    const off = [
      cluster.on("actor-died", ({ actor }) => heard.push(`actor ${actor.path}`)),
      cluster.on("pool-died", ({ process: pool, signal }) => heard.push(`pool ${pool} ${signal}`)),
      cluster.on("pool-recovered", ({ id }) => heard.push(`recovered ${id}`)),
      cluster.on("dead-letter", ({ method }) => heard.push(`letter ${method}`)),
    ];
    const { id, pid } = await cluster.addPool({ execArgv: [] });
    const killed = await Counter.with({ pool: "pool-0" }).create();
    const lost = await Counter.with({ pool: id }).create();
    const [killedPath, lostPath] = [actorOf(killed).path, actorOf(lost).path];
    await kill(killed);
    await waitUntil(() => heard.length === 1, { what: "news of the actor" });
    process.kill(pid!, "SIGKILL");
    await waitUntil(() => heard.length === 4, { what: "news of the pool" });
    await killed.add.tell(1);
    await waitUntil(() => heard.length === 5, { what: "the letter" });
    expect(heard[0]).toBe(`actor ${killedPath}`);
    expect(heard.slice(1, 3).sort()).toEqual([`actor ${lostPath}`, `pool ${id} SIGKILL`]);
    expect(heard.slice(3)).toEqual([`recovered ${id}`, "letter add"]);
    for (const stopListening of off) stopListening();
    await cluster.removePool(id);
  });

  it("stands beside another one, each with its actors and names", async () => {
    await using second = await startCluster({ pools: 1 });
    const there = await second.create(Counter, [1], { name: "twin" });
    const here = await cluster.create(Counter, [2], { name: "twin" });
    expect([await there.count, await here.count]).toEqual([1, 2]);
    expect(await second.find("twin")).toBe(there);
    expect(await cluster.find("twin")).toBe(here);
    expect(actorOf(await Counter.create()).path).toBe("counter-1");
    expect((await second.actors()).map(({ path }) => path)).toEqual(["counter-0", "counter-1"]);
    await second.close();
    expect(await here.add(1)).toBe(3);
    expect(await failureOf(there.add(1))).toMatchObject({ code: "ERR_CLOSED" });
    // The one that is left is where things are made again.
    const next = await Counter.create();
    expect(await cluster.actors()).toContainEqual(expect.objectContaining(actorOf(next)));
  });

  it("has pools that are threads of this process", async () => {
    await using threads = await startCluster({ pools: [{ isolation: "thread" }, { isolation: "thread" }] });
    const counters = await Promise.all([threads.create(Counter), threads.create(Counter)]);
    expect(counters.map((counter) => actorOf(counter).pid)).toEqual([process.pid, process.pid]);
    expect(new Set(counters.map((counter) => actorOf(counter).pool)).size).toBe(2);
    expect(await Promise.all(counters.map((counter) => counter.add(2)))).toEqual([2, 2]);
    const parent = await threads.create(Parent);
    expect(await parent.addTo(counters[0], 1)).toBe(3);
  });

  it("is not opened within a pool: there is one already", async () => {
    const kept = await create(Kept, ["a", 2]);
    expect(await failureOf(kept.opens())).toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringMatching(/this is a pool of it: put it into main\(/),
    });
  });

  it("is closed once, however often it is asked to, and makes nothing any more", async () => {
    const closed = await startCluster({ pools: 1 });
    await Promise.all([closed.close(), closed.close()]);
    await closed.close();
    expect(closed.isClosed).toBe(true);
    expect(await failureOf(closed.create(Counter))).toMatchObject({ code: "ERR_CLOSED" });
  });
});
