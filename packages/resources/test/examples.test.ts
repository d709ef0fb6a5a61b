import { describe, expect, it } from "vitest";

import { affinity, detectInventory, ResourceManager, spread } from "../src/index.js";

describe("the examples", () => {
  it("of the package does what its comments say", async () => {
    const inventory = await detectInventory();
    const manager = new ResourceManager({ hosts: [{ id: "here", ...inventory }], policy: spread() });
    const allocation = await manager.allocate({ cpu: 0.5, memory: "64MiB" }, { timeout: 1000 });
    expect(allocation.host).toBe("here");
    expect(manager.available().cpu).toBeCloseTo(inventory.cpu - 0.5);
    manager.release(allocation);
    expect(manager.available().cpu).toBe(inventory.cpu);
  });

  it("of the README does what its comments say", async () => {
    const manager = new ResourceManager({
      hosts: [
        { id: "a", address: "10.0.0.1", cpu: 4, memory: "8GiB", gpus: 1, labels: ["fast"] },
        { id: "b", address: "10.0.0.2", cpu: 8, memory: "16GiB" },
      ],
    });
    const learner = await manager.allocate({ cpu: 1, gpu: 0.5, owner: "learner" });
    expect([learner.host, learner.gpus]).toEqual(["a", [{ index: 0, share: 0.5 }]]);
    const actor = await manager.allocate({ cpu: 0.5, policy: affinity(learner) });
    expect(actor.host).toBe("a");
    const waiting = manager.allocate({ gpu: 1 });
    expect(manager.waiting[0]?.what).toBe("gpu 1");
    manager.release(learner);
    await waiting;
    const group = await manager.placementGroup([{ cpu: 2 }, { cpu: 2 }], "strict-spread");
    expect((await manager.allocate({ cpu: 1, ...group.bundle(1) })).bundle).toBe(1);
    group.remove();
  });
});
