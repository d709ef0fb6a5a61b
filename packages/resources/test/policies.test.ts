import { describe, expect, it } from "vitest";

import {
  address,
  affinity,
  antiAffinity,
  idle,
  label,
  mostFree,
  pack,
  parsePolicy,
  type Policy,
  poolIndex,
  random,
  ResourceManager,
  spread,
} from "../src/index.js";
import { errorOf, host, isPending, pools } from "./support.js";

/** Where `count` requests of one core go, one after another. */
async function hostsOf(manager: ResourceManager, count: number, policy?: Policy): Promise<string[]> {
  const allocations = [];
  for (let i = 0; i < count; i++) allocations.push(await manager.allocate({ cpu: 1, policy }));
  return allocations.map(({ host, pool }) => pool ?? host);
}

const three = () => [host("a", { cpu: 4 }), host("b", { cpu: 2 }), host("c", { cpu: 3 })];

describe("policies of hosts", () => {
  it("pack() fills the fullest host that fits, then the next", async () => {
    const manager = new ResourceManager({ hosts: three() });
    expect(await hostsOf(manager, 9)).toEqual(["b", "b", "c", "c", "c", "a", "a", "a", "a"]);
  });

  it("pack() chooses the same by itself as the manager does for it", async () => {
    const own: Policy = { name: "own", choose: (request, candidates) => pack().choose(request, candidates) };
    const gpus = [host("a", { gpus: 2 }), host("b", { gpus: 1 }), host("c", { cpu: 1 })];
    for (const request of [{ cpu: 1 }, { gpu: 1 }, { gpu: 0.5, cpu: 0.5 }, { memory: 1 }, {}]) {
      const [one, other] = [gpus, gpus].map((hosts) => new ResourceManager({ hosts }));
      for (let i = 0; i < 12; i++) {
        const allocation = one!.tryAllocate({ ...request, policy: own });
        expect(other!.tryAllocate(request)?.host).toBe(allocation?.host);
      }
    }
  });

  it("mostFree() goes where most is free of what is scarcest: devices, or else cores", async () => {
    const hosts = [host("a", { gpus: 1 }), host("b", { cpu: 2, gpus: 4 }), host("c", { cpu: 3, gpus: 0 })];
    const manager = new ResourceManager({ hosts, policy: mostFree() });
    expect(await hostsOf(manager, 3)).toEqual(["a", "a", "c"]);
    expect((await manager.allocate({ gpu: 1 })).host).toBe("b");
  });

  it("spread() goes to the host with the lowest load, in turn among equals", async () => {
    const manager = new ResourceManager({ hosts: three(), policy: spread() });
    expect(await hostsOf(manager, 6)).toEqual(["a", "b", "c", "a", "b", "c"]);
  });

  it("address() goes to the host with that address or id, and to no other", async () => {
    const hosts = [host("a", { address: "10.0.0.1" }), host("b", { address: "10.0.0.2" })];
    const manager = new ResourceManager({ hosts });
    expect(await hostsOf(manager, 2, address("10.0.0.2"))).toEqual(["b", "b"]);
    expect(await hostsOf(manager, 2, address("b"))).toEqual(["b", "b"]);
    const waiting = manager.allocate({ cpu: 1, policy: address("b") });
    expect(await isPending(waiting)).toBe(true);
    const error = await errorOf(manager.allocate({ policy: address("10.0.0.3") }));
    expect(error.code).toBe("ERR_NO_RESOURCES");
    expect(error.message).toContain("address('10.0.0.3')");
  });

  it("label() and a request's label go to hosts and pools that have it", async () => {
    const pool = { id: "b-0", index: 0, load: 0, label: "fast" };
    const hosts = [
      host("a", { labels: ["slow"] }),
      host("b", { pools: [pool] }),
      host("c", { labels: ["fast"] }),
    ];
    const manager = new ResourceManager({ hosts });
    const places = [
      await manager.allocate({ policy: label("fast") }),
      await manager.allocate({ label: "fast" }),
    ];
    for (const { host } of places) expect(["b", "c"]).toContain(host);
    expect((await manager.allocate({ label: "slow" })).host).toBe("a");
    const error = await errorOf(manager.allocate({ label: "medium" }));
    expect(error.message).toMatch(/labels slow.*labels fast/);
  });

  it("affinity() binds to the machine of something else, and to its pool when it names one", async () => {
    const hosts = [host("a", { pools: pools("a", [0, 0]) }), host("b", { pools: pools("b", [5, 9]) })];
    const manager = new ResourceManager({ hosts });
    const parent = await manager.allocate({ cpu: 1, policy: address("b") });
    const { host: machine } = parent;
    expect(await manager.allocate({ cpu: 1, policy: affinity({ host: machine }) })).toMatchObject({
      host: "b",
    });
    const same = await manager.allocate({ cpu: 1, policy: affinity({ host: "b", pool: "b-1" }) });
    expect(same).toMatchObject({ host: "b", pool: "b-1" });
    expect((await errorOf(manager.allocate({ policy: affinity({ host: "c" }) }))).code).toBe(
      "ERR_NO_RESOURCES",
    );
  });

  it("antiAffinity() keeps away from pools, on one host if it names one, while there are others", async () => {
    const hosts = [host("a", { pools: pools("a", [0, 5]) }), host("b", { pools: pools("b", [9]) })];
    const manager = new ResourceManager({ hosts });
    const away = antiAffinity({ pools: ["a-0"], host: "a" });
    expect(await manager.allocate({ policy: away })).toMatchObject({ host: "a", pool: "a-1" });
    const further = antiAffinity({ pools: ["a-0", "a-1"] });
    expect(await manager.allocate({ policy: further })).toMatchObject({ host: "b", pool: "b-0" });
    const nowhere = antiAffinity({ pools: ["a-0", "a-1"], host: "a" });
    expect(await manager.allocate({ policy: nowhere })).toMatchObject({ host: "a", pool: "a-0" });
  });
});

describe("policies of pools", () => {
  it("the pool with the lowest load is chosen on the host that pack() chooses", async () => {
    const hosts = [host("b"), host("a", { cpu: 2, pools: pools("a", [2, 0, 1]) })];
    expect(await hostsOf(new ResourceManager({ hosts }), 3)).toEqual(["a-1", "a-1", "b"]);
  });

  it("spread() goes to the host with the lowest load, then to its pool with the lowest", async () => {
    const hosts = [host("a", { pools: pools("a", [3, 0]) }), host("b", { pools: pools("b", [2, 0]) })];
    const manager = new ResourceManager({ hosts });
    expect((await manager.allocate({ policy: spread() })).pool).toBe("b-1");
  });

  it("loads are read when they are needed, and what is on its way counts", async () => {
    const loads = [4, 1];
    const live = loads.map((_, index) => ({
      id: `a-${index}`,
      index,
      get load() {
        return loads[index]!;
      },
    }));
    const manager = new ResourceManager({ hosts: [host("a", { pools: live })], policy: spread() });
    expect(manager.tryAllocate({})?.pool).toBe("a-1");
    loads[0] = 0;
    expect(manager.tryAllocate({})?.pool).toBe("a-0");
    expect([manager.tryAllocate({})?.pool, manager.tryAllocate({})?.pool].sort()).toEqual(["a-0", "a-1"]);
  });

  it("poolIndex() goes to the pool of that index, the first of a host being its main pool", async () => {
    const hosts = [host("a", { pools: pools("a", [7, 0]) }), host("b", { pools: pools("b", [3, 0]) })];
    const manager = new ResourceManager({ hosts });
    expect((await manager.allocate({ policy: poolIndex(0) })).pool).toBe("b-0");
    expect((await manager.allocate({ policy: poolIndex(0, "a") })).pool).toBe("a-0");
    expect((await manager.allocate({ policy: poolIndex(1, "b") })).pool).toBe("b-1");
    expect((await errorOf(manager.allocate({ policy: poolIndex(2) }))).code).toBe("ERR_NO_RESOURCES");
  });

  it("random() goes to any pool, and a seed makes its choices repeatable", async () => {
    const manager = () =>
      new ResourceManager({ hosts: [host("a", { cpu: 100, pools: pools("a", [0, 0, 0, 0]) })] });
    const first = await hostsOf(manager(), 100, random(7));
    expect(new Set(first)).toEqual(new Set(["a-0", "a-1", "a-2", "a-3"]));
    expect(await hostsOf(manager(), 100, random(7))).toEqual(first);
    expect(await hostsOf(manager(), 100, random(8))).not.toEqual(first);
    expect(new Set(await hostsOf(manager(), 100, random())).size).toBeGreaterThan(1);
  });

  it("idle() goes to a pool without actors, with that label when it names one", async () => {
    const places = [
      { id: "a-0", index: 0, load: 2 },
      { id: "a-1", index: 1, load: 0 },
      { id: "a-2", index: 2, load: 0, label: "fast" },
    ];
    const manager = new ResourceManager({ hosts: [host("a", { pools: places })] });
    expect((await manager.allocate({ cpu: 1, policy: idle("fast") })).pool).toBe("a-2");
    expect((await manager.allocate({ cpu: 1, policy: idle() })).pool).toBe("a-1");
    const error = await errorOf(manager.allocate({ policy: idle() }));
    expect(error.message).toContain("There is no place now");
    expect((await errorOf(manager.allocate({ cpu: 1, policy: idle("slow") }))).code).toBe("ERR_NO_RESOURCES");
  });

  it("idle() waits for a pool when something is asked for: for a release, or until it is told to look again", async () => {
    const loads = [1];
    const pool = {
      id: "a-0",
      index: 0,
      get load() {
        return loads[0]!;
      },
    };
    const manager = new ResourceManager({ hosts: [host("a", { pools: [pool] })] });
    const waiting = manager.allocate({ cpu: 1, policy: idle() });
    const behind = manager.allocate({ cpu: 1, policy: idle() });
    expect(await isPending(waiting)).toBe(true);
    loads[0] = 0;
    manager.lookAgain();
    const allocation = await waiting;
    expect(await isPending(behind)).toBe(true);
    manager.release(allocation);
    expect((await behind).pool).toBe("a-0");
  });
});

describe("a policy of one's own", () => {
  it("is three lines, and sees hosts, pools, totals and what is free", async () => {
    const leastMemory: Policy = {
      name: "least-memory",
      choose: (_request, candidates) =>
        candidates.reduce((a, b) => (b.host.free.memory < a.host.free.memory ? b : a)),
    };
    const hosts = [host("a"), host("b", { memory: "2GiB" }), host("c", { memory: "4GiB" })];
    const manager = new ResourceManager({ hosts, policy: leastMemory });
    expect((await manager.allocate({ memory: "1GiB" })).host).toBe("b");
    expect((await manager.allocate({ memory: "2GiB" })).host).toBe("c");
  });

  it("gets only places where the request fits, in the order in which they were added", async () => {
    const seen: string[][] = [];
    const look: Policy = {
      name: "look",
      choose(_request, candidates) {
        seen.push(candidates.map(({ host, pool }) => pool?.id ?? host.id));
        return candidates[0];
      },
    };
    const hosts = [host("a", { cpu: 1 }), host("b", { pools: pools("b", [0, 0]) }), host("c")];
    const manager = new ResourceManager({ hosts, policy: look });
    await manager.allocate({ cpu: 2 });
    expect(seen).toEqual([["b-0", "b-1", "c"]]);
  });

  it("that throws, or chooses what it was not given, fails the request alone", async () => {
    const failing: Policy = {
      name: "failing",
      choose() {
        throw new Error("no idea");
      },
    };
    const foreign: Policy = { name: "foreign", choose: () => ({}) as never };
    const manager = new ResourceManager({ hosts: [host("a")] });
    await expect(manager.allocate({ cpu: 1, policy: failing })).rejects.toThrow("no idea");
    expect((await errorOf(manager.allocate({ policy: foreign }))).code).toBe("ERR_CONFIG");
    const held = await manager.allocate({ cpu: 4 });
    const waiting = expect(manager.allocate({ cpu: 1, policy: failing })).rejects.toThrow("no idea");
    const behind = manager.allocate({ cpu: 1 });
    manager.release(held);
    await waiting;
    await behind;
    expect(manager.available().cpu).toBe(3);
  });
});

describe("a policy as plain data", () => {
  it.each([
    [pack()],
    [spread()],
    [mostFree()],
    [random()],
    [random(7)],
    [address("10.0.0.1")],
    [poolIndex(2)],
    [poolIndex(2, "a")],
    [idle()],
    [idle("fast")],
    [label("fast")],
    [affinity({ host: "a" })],
    [affinity({ host: "a", pool: "a-0" })],
    [antiAffinity({ pools: ["a-0"] })],
    [antiAffinity({ pools: ["a-0", "a-1"], host: "a" })],
  ])("travels and becomes the same policy again: %o", (policy) => {
    const travelled = JSON.parse(JSON.stringify(policy.description)) as { policy: string };
    const again = parsePolicy(travelled);
    expect(again.name).toBe(policy.name);
    expect(again.description).toEqual(policy.description);
  });

  it("may be a name alone; anything else is refused with the names there are", async () => {
    expect(parsePolicy("spread").name).toBe("spread");
    for (const wrong of [
      "sprd",
      "toString",
      { policy: "label" },
      { policy: "poolIndex", value: -1 },
      null,
      3,
    ]) {
      expect((await errorOf(() => parsePolicy(wrong as never))).code).toBe("ERR_CONFIG");
    }
    expect((await errorOf(() => parsePolicy("best"))).message).toContain("pack, spread, mostFree");
  });
});

describe("place()", () => {
  it("chooses and takes nothing, whoever waits", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { pools: pools("a", [1, 0]) })] });
    expect(manager.place({ cpu: 4 })).toEqual({ host: "a", pool: "a-1" });
    await manager.allocate({ cpu: 3 });
    void manager.allocate({ cpu: 4 });
    expect(manager.place({ cpu: 1 })).toMatchObject({ host: "a" });
    expect(manager.place({ cpu: 2 })).toBeUndefined();
    expect(manager.available().cpu).toBe(1);
  });
});
