import { describe, expect, it } from "vitest";

import { ResourceManager } from "../src/index.js";
import { errorOf, GiB, host, isPending } from "./support.js";

describe("allocate()", () => {
  it("takes cores, memory, GPUs and custom resources of a host, and release() gives them back", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { gpus: 2, resources: { camera: 3 } })] });
    const before = manager.available();
    const allocation = await manager.allocate({
      cpu: 1.5,
      memory: "512MiB",
      gpu: 1,
      resources: { camera: 2 },
      owner: "learner",
    });
    expect(allocation).toMatchObject({
      host: "a",
      cpu: 1.5,
      memory: GiB / 2,
      gpus: [{ index: 0, share: 1 }],
      resources: { camera: 2 },
      owner: "learner",
    });
    expect(manager.available()).toMatchObject({
      cpu: 2.5,
      memory: 7.5 * GiB,
      gpu: 1,
      resources: { camera: 1 },
      hosts: { a: { cpu: 2.5, gpu: 1 } },
    });
    manager.release(allocation);
    expect(manager.available()).toEqual(before);
    expect(manager.total()).toEqual(before);
  });

  it("gives back what was taken once, however often it is released, and of a copy as well", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    const first = await manager.allocate({ cpu: 1 });
    const second = await manager.allocate({ cpu: 1 });
    manager.release(structuredClone(first));
    manager.release(first);
    expect(manager.available().cpu).toBe(3);
    manager.release({ id: "unknown" });
    manager.release(second);
    expect(manager.available().cpu).toBe(4);
  });

  it("does not take what another manager allocated for its own", async () => {
    const [one, other] = [host("a"), host("a")].map((each) => new ResourceManager({ hosts: [each] }));
    const allocation = await one!.allocate({ cpu: 1 });
    await other!.allocate({ cpu: 1 });
    other!.release(allocation);
    expect(other!.available().cpu).toBe(3);
  });

  it("counts without drift: ten times 0.1 is one core, and all of it comes back", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { cpu: 1, gpus: 1 })] });
    const all = await Promise.all(
      Array.from({ length: 10 }, () => manager.allocate({ cpu: 0.1, gpu: 0.1, resources: {} })),
    );
    expect(manager.available()).toMatchObject({ cpu: 0, gpu: 0 });
    expect(manager.tryAllocate({ cpu: 0.0001 })).toBeUndefined();
    for (const allocation of all) manager.release(allocation);
    expect(manager.available()).toMatchObject({ cpu: 1, gpu: 1 });
    expect(manager.tryAllocate({ cpu: 1, gpu: 1 })).toBeDefined();
  });

  it("takes fractions of a core that a quota leaves", () => {
    const manager = new ResourceManager({ hosts: [host("a", { cpu: 1.5 })] });
    expect(manager.tryAllocate({ cpu: 1.5 })).toBeDefined();
  });
});

describe("what does not fit now", () => {
  it("waits until enough is released", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    const held = await manager.allocate({ cpu: 3 });
    const waiting = manager.allocate({ cpu: 2 });
    expect(await isPending(waiting)).toBe(true);
    manager.release(held);
    expect(await waiting).toMatchObject({ cpu: 2 });
  });

  it("is served in order: a small request does not overtake a large one that waits", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    const held = await manager.allocate({ cpu: 3 });
    const served: string[] = [];
    const large = manager.allocate({ cpu: 4 }).then((allocation) => (served.push("large"), allocation));
    const small = manager.allocate({ cpu: 1 }).then(() => served.push("small"));
    expect(manager.tryAllocate({ cpu: 1 })).toBeUndefined();
    expect(await isPending(small)).toBe(true);
    manager.release(held);
    manager.release(await large);
    await small;
    expect(served).toEqual(["large", "small"]);
  });

  it("does not hold up a request that asks for nothing", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    await manager.allocate({ cpu: 4 });
    void manager.allocate({ cpu: 1 });
    expect(await manager.allocate({})).toMatchObject({ host: "a", cpu: 0 });
    expect(manager.tryAllocate({ memory: 0 })).toMatchObject({ host: "a" });
  });

  it("is listed with who asked, for what, and since when", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    await manager.allocate({ cpu: 4 });
    const request = { cpu: 2, memory: "1GiB", owner: "actor-1", by: "driver" };
    const before = Date.now();
    void manager.allocate(request);
    expect(manager.waiting).toEqual([
      {
        request,
        what: "cpu 2, memory 1 GiB",
        owner: "actor-1",
        by: "driver",
        since: expect.any(Number) as number,
      },
    ]);
    expect(manager.waiting[0]!.since).toBeGreaterThanOrEqual(before);
  });

  it("is waited for until a signal aborts or the time is over, and those behind go on", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    const held = await manager.allocate({ cpu: 3 });
    const abort = new AbortController();
    const cancelled = manager.allocate({ cpu: 4 }, { signal: abort.signal });
    const late = manager.allocate({ cpu: 3 }, { timeout: 1 });
    const behind = manager.allocate({ cpu: 1 });
    expect(await errorOf(late)).toMatchObject({ code: "ERR_TIMEOUT" });
    abort.abort();
    expect(await errorOf(cancelled)).toMatchObject({ code: "ERR_CANCELLED" });
    expect(await behind).toMatchObject({ cpu: 1 });
    expect(manager.waiting).toEqual([]);
    manager.release(held);
    expect(manager.available().cpu).toBe(3);
  });

  it("takes nothing for a signal that aborted before, or a timeout that is none", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    const signal = AbortSignal.abort();
    expect((await errorOf(manager.allocate({ cpu: 1 }, { signal }))).code).toBe("ERR_CANCELLED");
    expect((await errorOf(manager.allocate({ cpu: 1 }, { timeout: NaN }))).code).toBe("ERR_CONFIG");
    expect(manager.available().cpu).toBe(4);
  });

  it("is refused when as many wait as may", async () => {
    const manager = new ResourceManager({ hosts: [host("a")], waiting: 1 });
    await manager.allocate({ cpu: 4 });
    void manager.allocate({ cpu: 1 });
    const error = await errorOf(manager.allocate({ cpu: 1 }));
    expect(error).toMatchObject({ code: "ERR_NO_RESOURCES", retryable: true });
    expect(error.message).toContain("1 requests wait already");
  });

  it("fails with ERR_CLOSED when the manager is closed, which takes nothing any more", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    const held = await manager.allocate({ cpu: 4 });
    const waiting = manager.allocate({ cpu: 1 });
    await manager[Symbol.asyncDispose]();
    expect((await errorOf(waiting)).code).toBe("ERR_CLOSED");
    expect((await errorOf(manager.allocate({}))).code).toBe("ERR_CLOSED");
    expect((await errorOf(() => manager.tryAllocate({}))).code).toBe("ERR_CLOSED");
    manager.release(held);
    expect(manager.available().cpu).toBe(4);
  });
});

describe("what can never fit", () => {
  it("is refused at once, saying what was asked and what each host has", async () => {
    const hosts = [host("a", { address: "10.0.0.1" }), host("b", { cpu: 2, gpus: 1, labels: ["fast"] })];
    const manager = new ResourceManager({ hosts });
    const error = await errorOf(manager.allocate({ cpu: 3, gpu: 1 }));
    expect(error).toMatchObject({ code: "ERR_NO_RESOURCES", retryable: false });
    expect(error.message).toContain("cpu 3, gpu 1 can never be given");
    expect(error.message).toContain("a at 10.0.0.1 (cpu 4, gpu 0, memory 8 GiB)");
    expect(error.message).toContain("b (cpu 2, gpu 1, memory 8 GiB, labels fast)");
    expect(manager.tryAllocate({ cpu: 3, gpu: 1 })).toBeUndefined();
    for (const request of [{ label: "slow" }, { resources: { camera: 1 } }, { memory: "9GiB" }, { gpu: 2 }]) {
      expect((await errorOf(manager.allocate(request))).code).toBe("ERR_NO_RESOURCES");
    }
  });

  it("sums up what there is when there are many hosts", async () => {
    const hosts = Array.from({ length: 100 }, (_, i) => host(`host-${i}`, { cpu: i }));
    const error = await errorOf(new ResourceManager({ hosts }).allocate({ cpu: 100 }));
    expect(error.message).toContain("There are 100 hosts, with at most cpu 99");
  });

  it("is refused though others wait, and without hosts everything is", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    await manager.allocate({ cpu: 4 });
    void manager.allocate({ cpu: 1 });
    expect((await errorOf(manager.allocate({ cpu: 5 }))).code).toBe("ERR_NO_RESOURCES");
    const none = new ResourceManager({ hosts: [] });
    expect((await errorOf(none.allocate({}))).message).toContain("There is no host.");
  });
});

describe("a request that is none", () => {
  const manager = new ResourceManager({ hosts: [host("a", { gpus: 4 })] });
  it.each([
    ["cpu", { cpu: -1 }],
    ["cpu", { cpu: NaN }],
    ["cpu", { cpu: Infinity }],
    ["cpu", { cpu: "1" as unknown as number }],
    ["cpu", { cpu: 0.00001 }],
    ["gpu", { gpu: 1.5 }],
    ["gpu", { gpu: -0.5 }],
    ["memory", { memory: 1.5 }],
    ["memory", { memory: "1 gigabyte" }],
    ["memory", { memory: -1 }],
    ["resources.camera", { resources: { camera: NaN } }],
    ["resources", { resources: 3 as unknown as Record<string, number> }],
    ["label", { label: "" }],
    ["owner", { owner: 7 as unknown as string }],
    ["bundle", { bundle: 0 }],
    ["policy", { policy: "spread" as never }],
  ])("is refused with ERR_CONFIG naming %s: %o", async (field, request) => {
    for (const error of [
      await errorOf(manager.allocate(request)),
      await errorOf(() => manager.tryAllocate(request)),
    ]) {
      expect(error).toMatchObject({ code: "ERR_CONFIG", details: { field } });
      expect(error.message).toContain(field);
    }
  });

  it("says what 1.5 GPUs should have been", async () => {
    const error = await errorOf(manager.allocate({ gpu: 1.5 }));
    expect(error.message).toContain(
      "a share of one device (below 1) or a whole number of devices; it is 1.5",
    );
  });
});

describe("hosts that are none", () => {
  it.each([
    ["id", [{ ...host("a"), id: "" }]],
    ["id", [host("a"), host("a")]],
    ["cpu", [host("a", { cpu: -1 })]],
    ["memory", [host("a", { memory: "8 GigaBytes" })]],
    ["gpus", [host("a", { gpus: 1.5 })]],
    ["gpus", [host("a", { gpus: [{ index: 0 }, { index: 0 }] })]],
    ["gpus", [host("a", { gpus: "all" as never })]],
    ["resources.camera", [host("a", { resources: { camera: -1 } })]],
    ["index", [host("a", { pools: [{ id: "p", index: -1, load: 0 }] })]],
    ["gpus", [host("a", { pools: [{ id: "p", index: 0, load: 0, gpus: [0] }] })]],
  ])("are refused with ERR_CONFIG naming %s", async (field, hosts) => {
    const error = await errorOf(() => new ResourceManager({ hosts }));
    expect(error).toMatchObject({ code: "ERR_CONFIG", details: { field } });
  });
});
