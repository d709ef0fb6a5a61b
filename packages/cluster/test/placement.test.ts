import { expect, it } from "vitest";

import { TestBrain } from "./support/brain.js";

it("an actor goes to the pool with the fewest actors, in turn among those with equally few", () => {
  const test = new TestBrain(3);
  const pools = () => Array.from({ length: 3 }, () => test.make().pool);
  expect(pools()).toEqual(["pool-0", "pool-1", "pool-2"]);
  expect(pools()).toEqual(["pool-0", "pool-1", "pool-2"]);
  for (const actor of test.brain.processes.get("pool-1")!.actors) test.tree.ended(actor.id, "stopped");
  expect([test.make().pool, test.make().pool, test.make().pool]).toEqual(["pool-1", "pool-1", "pool-2"]);
});

it("a pool is asked for by name or by label", () => {
  const test = new TestBrain(3, [undefined, "big", "big"]);
  expect(test.make({ pool: "pool-2" }).pool).toBe("pool-2");
  expect([test.make({ pool: "big" }).pool, test.make({ pool: "big" }).pool]).toEqual(["pool-1", "pool-2"]);
});

it("a pool that is not there is said to be missing, with those that are", () => {
  const test = new TestBrain(2, ["big"]);
  expect(() => test.make({ pool: "huge" })).toThrow(
    expect.objectContaining({
      code: "ERR_NO_RESOURCES",
      message: 'No pool has the name or label "huge"; there are pool-0 (big), pool-1.',
    }),
  );
  expect(() => new TestBrain(0).make()).toThrow(expect.objectContaining({ code: "ERR_NO_RESOURCES" }));
});

it("a pool that ended is picked only when there is no other", () => {
  const test = new TestBrain(2);
  test.make();
  test.make();
  test.lose("pool-0");
  expect([test.make().pool, test.make().pool]).toEqual(["pool-1", "pool-1"]);
  test.lose("pool-1");
  const { process } = test.brain.place({ class: "Worker", creator: "driver-0" });
  expect(process?.state).toBe("ended");
});

it("a pool that is being removed is not picked, by name neither", () => {
  const test = new TestBrain(2);
  test.brain.processes.leave(test.brain.processes.get("pool-0")!);
  expect([test.make().pool, test.make().pool]).toEqual(["pool-1", "pool-1"]);
  expect(() => test.make({ pool: "pool-0" })).toThrow(expect.objectContaining({ code: "ERR_NO_RESOURCES" }));
});

it("with getIfExists the actor that has the name will do, wherever it lives", () => {
  const test = new TestBrain(2);
  const first = test.make({ name: "store" });
  const again = test.brain.place({ class: "Worker", creator: "pool-1", name: "store", getIfExists: true });
  expect(again).toMatchObject({ existing: true, actor: { id: first.id }, process: { name: "pool-0" } });
});

it("an actor that was placed before its pool ran has the pool's pid once it runs", () => {
  const test = new TestBrain(0);
  const entry = test.brain.processes.add({ name: "pool-0", kind: "pool", host: "host-0", label: undefined });
  const { actor } = test.brain.place({ class: "Worker", creator: "driver-0" });
  expect(actor.pid).toBeUndefined();
  test.up(entry, 7);
  expect(actor.pid).toBe(7);
});
