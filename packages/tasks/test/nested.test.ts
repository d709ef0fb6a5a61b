import { objects } from "@troupe/objects";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { delegate, devices, exitUntil, fibonacci, hold, submitInThread } from "./programs/tasks.mjs";
import { failureOf, startSystem } from "./support/start.js";

noLeftovers();

describe("a task that submits tasks", () => {
  it("waits for them without keeping its place, in one pool or several", async () => {
    for (const pools of [1, 2]) {
      await using _ = await startSystem({ pools });
      expect(await objects.get(fibonacci.submit(12))).toBe(144);
    }
  });

  it("owns their results, which are lost with its process", async () => {
    await using running = await startSystem({ pools: 2 });
    const box = await objects.get(delegate.submit(1, 2));
    expect(await objects.get(box.ref)).toBe(3);
    const { cluster } = running.system;
    const lost = await objects.get(delegate.submit(1, 2));
    const [owner] = lost.ref.id.split("/");
    const pool = () => cluster.pools().find(({ id }) => id === owner)!;
    process.kill(pool().pid!, "SIGKILL");
    await waitUntil(() => pool().restarts > 0, { what: "the pool to be back" });
    expect(await failureOf(objects.get(lost.ref))).toMatchObject({ code: "ERR_OBJECT_LOST" });
  });

  it("is told that a thread has none", async () => {
    await using _ = await startSystem();
    expect(await failureOf(objects.get(submitInThread.submit()))).toMatchObject({ code: "ERR_CONFIG" });
  });
});

describe("as many tasks run side by side", () => {
  it("as a pool has cores", async () => {
    await using running = await startSystem({ pools: [{ cores: [0, 1] }] });
    await objects.get(Array.from({ length: 6 }, () => hold.submit(running.file, 30)));
    expect(most(running.notes())).toBe(2);
  });

  it("as share them", async () => {
    await using running = await startSystem();
    await objects.get(Array.from({ length: 8 }, () => hold.with({ cpu: 0.25 }).submit(running.file, 30)));
    expect(most(running.notes())).toBe(4);
  });

  it("as there is of what they share with actors", async () => {
    await using running = await startSystem({ pools: 2, resources: { resources: { camera: 1 } } });
    const one = hold.with({ cpu: 0, resources: { camera: 1 } });
    await objects.get(Array.from({ length: 4 }, () => one.submit(running.file, 20)));
    expect(most(running.notes())).toBe(1);
  });
});

describe("a task with resources of its own", () => {
  it("finds its GPUs in its environment", async () => {
    await using _ = await startSystem({ resources: { gpus: 2 } });
    expect(await objects.get(devices.with({ gpu: 1 }).submit())).toMatch(/^[01]$/);
  });

  it("runs in the bundle of a placement group, and waits for it", async () => {
    await using running = await startSystem({ pools: 2, resources: { cpu: 2 } });
    const group = await running.system.cluster.placementGroup([{ cpu: 1 }, { cpu: 1 }], "spread");
    const inBundle = (index: number) => hold.with({ scheduling: { group, bundle: index } });
    await objects.get([0, 0, 0].map((index) => inBundle(index).submit(running.file, 20)));
    expect(most(running.notes())).toBe(1);
    expect(await failureOf(objects.get(inBundle(7).submit(running.file, 1)))).toMatchObject({
      code: expect.stringMatching(/ERR_(NO_RESOURCES|CONFIG)/) as string,
    });
    const nowhere = hold.with({ scheduling: { group: "none", bundle: 0 } });
    expect(await failureOf(objects.get(nowhere.submit(running.file, 1)))).toMatchObject({
      code: "ERR_NO_RESOURCES",
    });
  });
});

describe("pools", () => {
  it("that are added run tasks, and those that are removed give back what has not begun", async () => {
    await using running = await startSystem();
    const { cluster } = running.system;
    const { file } = running;
    const first = hold.submit(file, 200);
    await running.noted("in");
    const others = Array.from({ length: 5 }, () => hold.submit(file, 1));
    await cluster.addPool({ execArgv: [] });
    await cluster.removePool("pool-0");
    await objects.get([first, ...others]);
    expect(running.notes().filter((note) => note === "in")).toHaveLength(6);
  });

  it("that cannot start are why nothing runs", async () => {
    await using running = await startSystem({ pools: [{ execArgv: ["--no-such-option"] }] });
    expect(await failureOf(objects.get(exitUntil.submit(running.file, 1)))).toMatchObject({
      code: "ERR_ACTOR_START",
    });
  });
});

/** The most that were in at a time. */
function most(notes: readonly string[]): number {
  let inside = 0;
  let largest = 0;
  for (const note of notes) {
    inside += note === "in" ? 1 : -1;
    largest = Math.max(largest, inside);
  }
  return largest;
}
