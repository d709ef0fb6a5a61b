import { describe, expect, it } from "vitest";

import { ResourceManager } from "../src/index.js";
import { errorOf, host, isPending, pools } from "./support.js";

describe("hosts come and go", () => {
  it("a host that is added serves those who wait", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    await manager.allocate({ cpu: 4 });
    const waiting = manager.allocate({ cpu: 4 });
    manager.addHost(host("b"));
    expect(await waiting).toMatchObject({ host: "b" });
    expect(manager.total().cpu).toBe(8);
    expect((await errorOf(() => manager.addHost(host("b")))).code).toBe("ERR_CONFIG");
  });

  it("a host that is removed takes its allocations with it, and gives them back to nobody", async () => {
    const manager = new ResourceManager({ hosts: [host("a"), host("b")] });
    const first = await manager.allocate({ cpu: 4 });
    expect(manager.removeHost(first.host)).toEqual([first]);
    expect(manager.removeHost(first.host)).toEqual([]);
    manager.addHost(host(first.host));
    manager.release(first);
    expect(manager.available()).toEqual(manager.total());
    expect(manager.available().cpu).toBe(8);
  });

  it("requests that no host can serve any more are refused, and those behind are served", async () => {
    const manager = new ResourceManager({ hosts: [host("a"), host("big", { cpu: 8 })] });
    const small = await manager.allocate({ cpu: 4 });
    await manager.allocate({ cpu: 8 });
    const large = errorOf(manager.allocate({ cpu: 6 }));
    const group = errorOf(manager.placementGroup([{ cpu: 1 }, { cpu: 1 }], "strict-spread"));
    const behind = manager.allocate({ cpu: 2 });
    manager.removeHost("big");
    expect(await large).toMatchObject({ code: "ERR_NO_RESOURCES" });
    expect((await group).message).toContain("There are a (cpu 4");
    expect(await isPending(behind)).toBe(true);
    manager.release(small);
    expect(await behind).toMatchObject({ host: "a" });
  });
});

describe("pools come and go", () => {
  it("with pools every allocation is in one, and without any left there is no place", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { pools: [] })] });
    expect((await errorOf(manager.allocate({ cpu: 1 }))).message).toContain("0 pools");
    const [pool] = pools("a", [0]);
    manager.addPool("a", pool!);
    const allocation = await manager.allocate({ cpu: 3 });
    expect(allocation).toMatchObject({ host: "a", pool: "a-0" });
    const waiting = errorOf(manager.allocate({ cpu: 2 }));
    expect(manager.removePool("a", "a-0")).toEqual([allocation]);
    expect((await waiting).code).toBe("ERR_NO_RESOURCES");
    expect(manager.available().cpu).toBe(4);
    expect(manager.removePool("a", "a-0")).toEqual([]);
  });

  it("a host without pools has places in pools once one is added", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    expect((await manager.allocate({})).pool).toBeUndefined();
    manager.addPool("a", { id: "a-0", index: 0, load: 0 });
    expect((await manager.allocate({})).pool).toBe("a-0");
  });

  it("a pool that is added serves those who wait for its label", async () => {
    const places = [{ id: "a-0", index: 0, load: 0, label: "fast" }];
    const manager = new ResourceManager({ hosts: [host("a", { pools: places, gpus: 2 })] });
    await manager.allocate({ gpu: 1, label: "fast" });
    const waiting = manager.allocate({ gpu: 1, label: "fast" });
    expect(await isPending(waiting)).toBe(true);
    manager.addPool("a", { id: "a-1", index: 1, load: 0, label: "fast" });
    expect(await waiting).toMatchObject({ pool: "a-1", label: "fast" });
  });

  it("ids of pools differ on a host, and the host exists", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { pools: pools("a", [0]) })] });
    expect((await errorOf(() => manager.addPool("a", pools("a", [0])[0]!))).code).toBe("ERR_CONFIG");
    expect((await errorOf(() => manager.addPool("b", pools("b", [0])[0]!))).code).toBe("ERR_CONFIG");
  });
});
