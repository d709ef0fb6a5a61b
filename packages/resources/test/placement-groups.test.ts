import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type Allocation, type PlacementStrategy, ResourceManager } from "../src/index.js";
import { errorOf, host, isPending, pools } from "./support.js";

const four = (cpu = 4) => ["a", "b", "c", "d"].map((id) => host(id, { cpu }));
const cores = (...amounts: number[]) => amounts.map((cpu) => ({ cpu }));
const hostsOf = ({ bundles }: { bundles: readonly Allocation[] }) => bundles.map(({ host }) => host);

describe("strategies", () => {
  it("pack puts bundles on as few hosts as possible", async () => {
    const manager = new ResourceManager({ hosts: [host("small", { cpu: 2 }), ...four()] });
    expect(new Set(hostsOf(await manager.placementGroup(cores(1, 1, 1, 1))))).toEqual(new Set(["a"]));
    expect(new Set(hostsOf(await manager.placementGroup(cores(2, 2, 2, 2), "pack"))).size).toBe(2);
  });

  it("spread puts bundles on different hosts as far as it goes", async () => {
    const manager = new ResourceManager({ hosts: four() });
    expect(new Set(hostsOf(await manager.placementGroup(cores(1, 1, 1, 1), "spread"))).size).toBe(4);
    const six = hostsOf(await manager.placementGroup(cores(1, 1, 1, 1, 1, 1), "spread"));
    expect(new Set(six).size).toBe(4);
    expect(Math.max(...four().map(({ id }) => six.filter((host) => host === id).length))).toBe(2);
  });

  it("strict-pack puts all bundles on one host, or fails", async () => {
    const manager = new ResourceManager({ hosts: four() });
    expect(new Set(hostsOf(await manager.placementGroup(cores(2, 1, 1), "strict-pack"))).size).toBe(1);
    const error = await errorOf(manager.placementGroup(cores(2, 2, 1), "strict-pack"));
    expect(error).toMatchObject({ code: "ERR_NO_RESOURCES", retryable: false });
    expect(error.message).toContain("3 bundles by strict-pack (cpu 2; cpu 2; cpu 1) can never be given");
  });

  it("strict-spread puts each bundle on a host of its own, or fails", async () => {
    const manager = new ResourceManager({ hosts: four() });
    expect(new Set(hostsOf(await manager.placementGroup(cores(1, 1, 1, 1), "strict-spread"))).size).toBe(4);
    expect((await errorOf(manager.placementGroup(cores(1, 1, 1, 1, 1), "strict-spread"))).code).toBe(
      "ERR_NO_RESOURCES",
    );
  });

  it("strict-spread finds the only way there is", async () => {
    const hosts = [host("a", { gpus: 1 }), host("b", { cpu: 8 }), host("c", { resources: { camera: 1 } })];
    const manager = new ResourceManager({ hosts });
    const bundles = [{ cpu: 1 }, { resources: { camera: 1 } }, { gpu: 1 }];
    expect(hostsOf(await manager.placementGroup(bundles, "strict-spread"))).toEqual(["b", "c", "a"]);
  });

  it("bundles go to hosts with their label", async () => {
    const manager = new ResourceManager({ hosts: [...four(), host("e", { labels: ["fast"] })] });
    const bundles = [{ cpu: 1, label: "fast" }, { cpu: 1 }];
    expect(hostsOf(await manager.placementGroup(bundles, "spread"))[0]).toBe("e");
    expect((await errorOf(manager.placementGroup([{ cpu: 1, label: "slow" }]))).code).toBe(
      "ERR_NO_RESOURCES",
    );
  });

  it("a group is found when there is one, whatever the sizes, and refused at once when there is none", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(
      sizes,
      sizes,
      fc.constantFrom<PlacementStrategy>("pack", "spread", "strict-pack", "strict-spread"),
      async (room, bundles, strategy) => {
        const hosts = room.map((cpu, index) => host(`h${index}`, { cpu }));
        const manager = new ResourceManager({ hosts });
        const group = manager.placementGroup(cores(...bundles), strategy);
        if (!exists(room, bundles, strategy)) {
          expect((await errorOf(group)).code).toBe("ERR_NO_RESOURCES");
          return;
        }
        const placed = hostsOf(await group);
        const distinct = new Set(placed).size;
        if (strategy === "strict-pack") expect(distinct).toBe(1);
        if (strategy === "strict-spread") expect(distinct).toBe(bundles.length);
        for (const [index, cpu] of room.entries()) {
          const taken = bundles.filter((_, k) => placed[k] === `h${index}`).reduce((a, b) => a + b, 0);
          expect(manager.available().hosts[`h${index}`]!.cpu).toBe(cpu - taken);
        }
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  it("refuses what cannot lie on many equal hosts, though together they have enough", async () => {
    const hosts = Array.from({ length: 30 }, (_, i) => host(`h${i}`));
    const manager = new ResourceManager({ hosts });
    const bundles = Array.from({ length: 31 }, () => ({ cpu: 3 }));
    for (const strategy of ["pack", "spread", "strict-spread"] as const) {
      expect((await errorOf(manager.placementGroup(bundles, strategy))).code).toBe("ERR_NO_RESOURCES");
    }
  });
});

describe("a placement group", () => {
  it("is all or nothing, and waits in line with requests", async () => {
    const manager = new ResourceManager({ hosts: four(1) });
    const held = await manager.allocate({ cpu: 1 });
    const group = manager.placementGroup(cores(1, 1, 1, 1), "strict-spread", { owner: "job" });
    const behind = manager.allocate({ cpu: 1 });
    expect(await isPending(behind)).toBe(true);
    expect(manager.available().cpu).toBe(3);
    expect(manager.waiting.map(({ what, owner }) => [what, owner])).toEqual([
      ["a placement group of cpu 1; cpu 1; cpu 1; cpu 1 by strict-spread", "job"],
      ["cpu 1", undefined],
    ]);
    manager.release(held);
    const placed = await group;
    expect(manager.available().cpu).toBe(0);
    expect(await isPending(behind)).toBe(true);
    placed.remove();
    await behind;
    expect(manager.available().cpu).toBe(3);
  });

  it("serves requests from its bundles, which nobody else gets", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { gpus: 2, pools: pools("a", [0, 0]) })] });
    const group = await manager.placementGroup([{ cpu: 2, gpu: 1 }, { cpu: 2 }], "pack");
    expect(manager.tryAllocate({ cpu: 0.1 })).toBeUndefined();
    const learner = await manager.allocate({ cpu: 1, gpu: 0.5, ...group.bundle(0) });
    expect(learner).toMatchObject({
      host: "a",
      group: group.id,
      bundle: 0,
      gpus: group.bundles[0]!.gpus.map(({ index }) => ({ index, share: 0.5 })),
    });
    const second = await manager.allocate({ cpu: 2, group: group.id });
    expect(second.bundle).toBe(1);
    const waiting = manager.allocate({ cpu: 2, ...group.bundle(0) });
    expect(await isPending(waiting)).toBe(true);
    manager.release(learner);
    expect(await waiting).toMatchObject({ bundle: 0 });
    expect(manager.available()).toMatchObject({ cpu: 0, gpu: 1 });
  });

  it("refuses what a bundle can never give, saying what bundles have", async () => {
    const manager = new ResourceManager({ hosts: four() });
    const group = await manager.placementGroup(cores(1, 2));
    const error = await errorOf(manager.allocate({ cpu: 2, ...group.bundle(0) }));
    expect(error.code).toBe("ERR_NO_RESOURCES");
    expect(error.message).toContain("0 has cpu 1; 1 has cpu 2");
    expect((await errorOf(() => group.bundle(2))).code).toBe("ERR_CONFIG");
    expect((await errorOf(manager.allocate({ group: "none" }))).message).toContain("no such placement group");
  });

  it("is removed with what was taken from it, once, and those who waited for it are refused", async () => {
    const manager = new ResourceManager({ hosts: [host("a")] });
    const group = await manager.placementGroup(cores(3));
    const inside = await manager.allocate({ cpu: 3, ...group.bundle(0) });
    const waiting = manager.allocate({ cpu: 1, ...group.bundle(0) });
    const refused = errorOf(waiting);
    group.remove();
    group.remove();
    await group[Symbol.asyncDispose]();
    expect((await refused).code).toBe("ERR_NO_RESOURCES");
    // What was taken from it stays with who took it.
    expect(manager.total().cpu - manager.available().cpu).toBe(3);
    manager.release(inside);
    expect(manager.available()).toEqual(manager.total());
    await manager.allocate({ cpu: 4 });
  });

  it("loses the bundles of a host that is removed, and keeps the others", async () => {
    const manager = new ResourceManager({ hosts: four() });
    const group = await manager.placementGroup(cores(1, 1), "strict-spread");
    const [first, second] = group.bundles;
    const waiting = errorOf(
      manager
        .allocate({ cpu: 1, ...group.bundle(0) })
        .then(() => manager.allocate({ cpu: 1, ...group.bundle(0) })),
    );
    const held = await manager.allocate({ cpu: 1, ...group.bundle(1) });
    manager.removeHost(first!.host);
    expect((await waiting).message).toContain("The hosts of 0 are gone");
    expect(manager.available().hosts[second!.host]!.cpu).toBe(3);
    group.remove();
    manager.release(held);
    expect(manager.available()).toEqual(manager.total());
  });

  it("is refused without bundles, with one that asks for nothing, or by a strategy that is none", async () => {
    const manager = new ResourceManager({ hosts: four() });
    expect((await errorOf(manager.placementGroup([]))).code).toBe("ERR_CONFIG");
    expect((await errorOf(manager.placementGroup([{ cpu: 1 }, {}]))).message).toContain("bundles[1]");
    expect((await errorOf(manager.placementGroup([{ cpu: -1 }]))).message).toContain("bundles[0]: cpu");
    expect((await errorOf(manager.placementGroup(cores(1), "any" as never))).message).toContain(
      "strict-pack",
    );
  });
});

describe("a request on a group's bundles", () => {
  it("does not wait for those who wait for something else, nor they for it", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { cpu: 2 })] });
    const group = await manager.placementGroup(cores(1));
    const other = manager.allocate({ cpu: 2 });
    const held = await manager.allocate({ cpu: 1, ...group.bundle(0) });
    const first = manager.allocate({ cpu: 1, ...group.bundle(0) });
    const second = manager.allocate({ cpu: 0.5, ...group.bundle(0) });
    manager.release(held);
    const kept = await first;
    expect(kept.bundle).toBe(0);
    expect(await isPending(second)).toBe(true);
    group.remove();
    await expect(second).rejects.toMatchObject({ code: "ERR_NO_RESOURCES" });
    expect(await isPending(other)).toBe(true);
    manager.release(kept);
    expect((await other).cpu).toBe(2);
  });
});

/** Whether there is a way at all, by trying them all. */
function exists(room: readonly number[], bundles: readonly number[], strategy: PlacementStrategy): boolean {
  const [first, ...rest] = bundles;
  if (first === undefined) return true;
  const total = bundles.reduce((a, b) => a + b, 0);
  if (strategy === "strict-pack") return room.some((cpu) => cpu >= total);
  return room.some((cpu, index) => {
    if (cpu < first) return false;
    const left = strategy === "strict-spread" ? 0 : cpu - first;
    return exists(room.with(index, left), rest, strategy);
  });
}
