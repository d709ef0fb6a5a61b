import { describe, expect, it } from "vitest";

import { ResourceManager } from "../src/index.js";
import { errorOf, host, isPending } from "./support.js";

const devices = [
  { index: 0, uuid: "GPU-aaaa" },
  { index: 1, uuid: "GPU-bbbb" },
];

describe("devices of a host", () => {
  it("are taken whole, each by one holder, and named by index and UUID", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { gpus: devices })] });
    const [first, second] = [await manager.allocate({ gpu: 1 }), await manager.allocate({ gpu: 1 })];
    expect(first.gpus).toEqual([{ index: 0, share: 1, uuid: "GPU-aaaa" }]);
    expect(second.gpus).toEqual([{ index: 1, share: 1, uuid: "GPU-bbbb" }]);
    const both = manager.allocate({ gpu: 2 });
    manager.release(first);
    expect(await isPending(both)).toBe(true);
    manager.release(second);
    expect((await both).gpus.map(({ index }) => index)).toEqual([0, 1]);
  });

  it("are shared below 1, the fullest first, so that whole ones stay whole", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { gpus: 2 })] });
    const shares = await Promise.all([0.5, 0.2, 0.3].map((gpu) => manager.allocate({ gpu })));
    expect(shares.map(({ gpus }) => gpus[0])).toEqual([
      { index: 0, share: 0.5 },
      { index: 0, share: 0.2 },
      { index: 0, share: 0.3 },
    ]);
    expect((await manager.allocate({ gpu: 1 })).gpus[0]?.index).toBe(1);
    expect(manager.tryAllocate({ gpu: 0.0001 })).toBeUndefined();
  });

  it("are never met by shares of several: 0.6 does not fit on two devices with 0.5 each", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { gpus: 2 })] });
    const [a, b] = [await manager.allocate({ gpu: 0.6 }), await manager.allocate({ gpu: 0.6 })];
    expect([a, b].map(({ gpus }) => gpus[0]?.index)).toEqual([0, 1]);
    expect(manager.available().gpu).toBeCloseTo(0.8);
    expect(manager.tryAllocate({ gpu: 0.5 })).toBeUndefined();
    expect(manager.tryAllocate({ gpu: 1 })).toBeUndefined();
    expect(manager.tryAllocate({ gpu: 0.4 })).toBeDefined();
  });

  it("are shared by thirds", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { gpus: 1 })] });
    const thirds = await Promise.all([1, 2, 3].map(() => manager.allocate({ gpu: 1 / 3 })));
    for (const third of thirds) manager.release(third);
    expect(manager.available().gpu).toBe(1);
  });
});

describe("devices of a pool", () => {
  const pool = (index: number, gpus?: number[]) => ({ id: `p${index}`, index, load: 0, gpus });

  it("a pool that is bound to devices gets only GPU requests that these meet", async () => {
    const pools = [pool(0, [1]), pool(1)];
    const manager = new ResourceManager({ hosts: [host("a", { gpus: devices, pools: [pools[0]!] })] });
    expect(await manager.allocate({ gpu: 0.5 })).toMatchObject({ pool: "p0", gpus: [{ index: 1 }] });
    expect(manager.tryAllocate({ gpu: 1 })).toBeUndefined();
    expect((await errorOf(manager.allocate({ gpu: 2 }))).code).toBe("ERR_NO_RESOURCES");
    manager.addPool("a", pools[1]!);
    expect(await manager.allocate({ gpu: 1 })).toMatchObject({ pool: "p1", gpus: [{ index: 0 }] });
  });

  it("a pool that is bound to none gets no GPU request, and others", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { gpus: 1, pools: [pool(0, [])] })] });
    expect((await errorOf(manager.allocate({ gpu: 0.1 }))).code).toBe("ERR_NO_RESOURCES");
    expect(await manager.allocate({ cpu: 1 })).toMatchObject({ pool: "p0" });
  });

  it("an unbound pool is taken by the devices of its first GPU allocation until all of those are released", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { gpus: 2, pools: [pool(0)] })] });
    const first = await manager.allocate({ gpu: 0.5 });
    const second = await manager.allocate({ gpu: 0.5 });
    expect([first, second].map(({ gpus }) => gpus[0]?.index)).toEqual([0, 0]);
    // Device 1 is free, and would be another than those that the pool sees.
    const other = manager.allocate({ gpu: 1 });
    manager.release(first);
    expect(await isPending(other)).toBe(true);
    manager.release(second);
    expect(await other).toMatchObject({ pool: "p0" });
    expect(await manager.allocate({})).toMatchObject({ pool: "p0" });
  });

  it("a GPU request for other devices goes to another pool", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { gpus: 2, pools: [pool(0), pool(1)] })] });
    const places = [await manager.allocate({ gpu: 1 }), await manager.allocate({ gpu: 1 })];
    expect(places.map(({ pool }) => pool)).toEqual(["p0", "p1"]);
  });
});
