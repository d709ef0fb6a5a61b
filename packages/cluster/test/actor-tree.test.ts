import { describe, expect, it } from "vitest";

import { recordOf } from "../src/brain/actor-tree.js";
import { pathName } from "../src/brain/path-name.js";
import { TestBrain } from "./support/brain.js";

describe("paths", () => {
  it("count the children of one parent and class from 0, and never give a number again", () => {
    const { tree, make } = bound(new TestBrain(1));
    const manager = make({ class: "Manager" });
    const runner = make({ class: "Runner", parent: manager.id });
    const paths = [manager, runner, make({ class: "Learner", parent: runner.id })].map(({ path }) => path);
    expect(paths).toEqual(["manager-0", "manager-0/runner-0", "manager-0/runner-0/learner-0"]);
    tree.ended(runner.id, "stopped");
    expect(make({ class: "Runner", parent: manager.id }).path).toBe("manager-0/runner-1");
    expect(make({ class: "Runner" }).path).toBe("runner-0");
  });

  it.each([
    ["Counter", "counter"],
    ["ReplayBuffer", "replay-buffer"],
    ["HTTPServer", "http-server"],
    ["Layer2Cache", "layer2-cache"],
    ["_Private$Thing", "private-thing"],
    ["a/b", "a-b"],
    ["Ünïcode", "ünïcode"],
    ["", "actor"],
    ["$", "actor"],
  ])("call the class %j %j", (className, name) => {
    expect(pathName(className)).toBe(name);
  });

  it("are found, and so are names before them", () => {
    const { tree, make } = bound(new TestBrain(1));
    const first = make();
    const named = make({ name: "worker-0" });
    expect(tree.find("worker-1")?.id).toBe(named.id);
    expect(tree.find("worker-0")?.id).toBe(named.id);
    expect(tree.find("worker-0", "elsewhere")?.id).toBe(first.id);
  });
});

describe("names", () => {
  it("are unique in their namespace, and free again when the actor ended", () => {
    const { tree, make } = bound(new TestBrain(1));
    const first = make({ name: "store" });
    expect(() => make({ name: "store" })).toThrow(
      expect.objectContaining({
        code: "ERR_NAME_TAKEN",
        message: expect.stringMatching(/worker-0 has the name/),
      }),
    );
    expect(make({ name: "store", namespace: "other" }).incarnation).toBe(0);
    tree.ended(first.id, "died", "it fell");
    const second = make({ name: "store" });
    expect(second.incarnation).toBe(1);
    expect(tree.locate(first.id)).toEqual({
      path: first.path,
      ended: "died: it fell",
      successor: recordOf(second),
    });
  });

  it("that could not be used for an actor count for nothing", () => {
    const { brain, tree, make } = bound(new TestBrain(1));
    const { actor } = brain.place({ class: "Worker", creator: "driver-0", name: "store" });
    tree.failed(actor.id);
    expect(make({ name: "store" }).incarnation).toBe(0);
  });

  it.each(["", "a/b"])("cannot be %j", (name) => {
    const { make } = bound(new TestBrain(1));
    expect(() => make({ name })).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
  });

  it("are not found before their actor lives", () => {
    const { brain, tree } = new TestBrain(1);
    const { actor } = brain.place({ class: "Worker", creator: "driver-0", name: "store" });
    expect(tree.find("store")).toBeUndefined();
    expect(tree.locate(actor.id)).toMatchObject({ path: "worker-0" });
    tree.started(actor.id);
    expect(tree.find("store")?.id).toBe(actor.id);
  });
});

describe("the end of an actor", () => {
  it("stops its children, but not the detached", () => {
    const { tree, told, make } = bound(new TestBrain(1));
    const parent = make();
    const child = make({ class: "Child", parent: parent.id });
    const detached = make({ class: "Detached", parent: parent.id, detached: true });
    told.length = 0;
    tree.ended(parent.id, "stopped");
    expect(told).toEqual(["worker-0 stopped", "stop worker-0/child-0, as its parent ended"]);
    expect(tree.parent(detached.id)).toBeUndefined();
    expect(tree.find("worker-0/detached-0")?.id).toBe(detached.id);
    expect(tree.children().map(({ id }) => id)).toEqual([child.id, detached.id]);
  });

  it("stops a child that was being made, once it is there", () => {
    const { brain, tree, told, make } = bound(new TestBrain(1));
    const parent = make();
    const { actor } = brain.place({ class: "Child", creator: "pool-0", parent: parent.id });
    tree.ended(parent.id, "stopped");
    expect(told).not.toContainEqual(expect.stringMatching(/^stop/));
    tree.started(actor.id);
    expect(told.at(-1)).toBe("stop worker-0/child-0, as its parent ended");
  });

  it("leaves nobody who could be a parent", () => {
    const { tree, make } = bound(new TestBrain(1));
    const parent = make();
    tree.ended(parent.id, "died", "it fell");
    expect(() => make({ parent: parent.id })).toThrow(
      expect.objectContaining({
        code: "ERR_ACTOR_NOT_FOUND",
        message: expect.stringMatching(/died: it fell/),
      }),
    );
    expect(() => make({ parent: 99 })).toThrow(expect.objectContaining({ code: "ERR_ACTOR_NOT_FOUND" }));
  });

  it("is told to those who watch, and to those who come later", () => {
    const { tree, told, make } = bound(new TestBrain(2));
    const actor = make();
    expect(tree.watch(actor.id, "pool-1")).toBeUndefined();
    expect(tree.watch(actor.id, "driver-0")).toBeUndefined();
    tree.unwatch(actor.id, "driver-0");
    tree.ended(actor.id, "stopped");
    expect(told.at(-1)).toBe("worker-0 stopped to pool-1");
    expect(tree.watch(actor.id, "pool-1")).toMatchObject({ event: "stopped" });
    expect(tree.watch(99, "pool-1")).toMatchObject({ event: "died" });
  });
});

describe("the end of a process", () => {
  it("ends its actors, and stops their children elsewhere", () => {
    const { tree, told, make, lose } = bound(new TestBrain(2));
    const parent = make({ pool: "pool-0" });
    make({ class: "Child", parent: parent.id, pool: "pool-1" });
    told.length = 0;
    lose("pool-0");
    expect(told).toEqual([
      "worker-0 died its process pool-0 (pid 100) was killed by SIGKILL",
      "stop worker-0/child-0, as its parent ended",
    ]);
    expect(tree.locate(parent.id)).toEqual({
      path: parent.path,
      ended: "died: its process pool-0 (pid 100) was killed by SIGKILL",
    });
  });

  it("forgets what it was making elsewhere, and has it stopped in case that it was made", () => {
    const { brain, told, lose, make } = bound(new TestBrain(2));
    const { actor } = brain.place({ class: "Worker", creator: "pool-0", name: "store", pool: "pool-1" });
    lose("pool-0");
    expect(told).toEqual([
      "stop worker-0, as its creator died: its process pool-0 (pid 100) was killed by SIGKILL",
    ]);
    expect(make({ name: "store" }).id).not.toBe(actor.id);
  });
});

it("a hundred thousand actors are found, each by its path and its name, and end without a trace", () => {
  const { brain, tree, make } = bound(new TestBrain(64));
  const actors = Array.from({ length: 100_000 }, (_, index) => make({ name: `name-${index}` }));
  expect(tree.size).toBe(100_000);
  for (const { id, path, name } of actors) {
    if (tree.find(path)?.id !== id || tree.find(name)?.id !== id) expect.fail(`${path} is not found`);
  }
  const counts = brain.processes.pools.map((pool) => pool.actors.size);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  for (const { id } of actors) tree.ended(id, "stopped");
  expect(tree.size).toBe(0);
  expect(tree.find("worker-5")).toBeUndefined();
});

function bound(of: TestBrain) {
  const { brain, tree, told } = of;
  return { brain, tree, told, make: of.make.bind(of), lose: of.lose.bind(of) };
}
