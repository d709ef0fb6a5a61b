import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

import { processIdentity, uniqueId } from "@troupe/core";
import { openRegistry } from "@troupe/registry";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Proxy } from "../src/index.js";
import { failureOf, LocalGroup } from "./fixtures.js";

noLeftovers();

describe("names", () => {
  it("are the component and the first free number", async () => {
    await using group = new LocalGroup();
    const first = await group.join("worker");
    const second = await group.join("worker");
    expect([first.name, second.name]).toEqual(["worker-0", "worker-1"]);
    expect([first.component, first.group]).toEqual(["worker", "test"]);

    await first.close();
    expect((await group.join("worker")).name).toBe("worker-0");
  });

  it("are unique also for members that join at the same time", async () => {
    await using group = new LocalGroup();
    const members = await Promise.all(Array.from({ length: 12 }, () => group.join("worker")));
    expect(new Set(members.map(({ name }) => name)).size).toBe(12);
  });

  it("can be chosen, and a living member's name cannot be taken", async () => {
    await using group = new LocalGroup();
    const boss = await group.join("runner", { name: "boss" });
    expect(boss.name).toBe("boss");
    const error = await failureOf(group.join("worker", { name: "boss" }));
    expect(error.code).toBe("ERR_NAME_TAKEN");
    expect(error.message).toContain('"boss"');

    await using otherGroup = new LocalGroup();
    expect((await otherGroup.join("runner", { name: "boss" })).name).toBe("boss");
  });
});

describe("peers", () => {
  it("are waited for, and listed by component in order of joining", async () => {
    await using group = new LocalGroup();
    const joining = group.join("runner", { peers: { worker: 2, learner: 1 } });
    await group.join("worker");
    await group.join("learner");
    await group.join("worker");
    const runner = await joining;
    expect(Object.fromEntries(runner.peers)).toEqual({
      worker: ["worker-0", "worker-1"],
      learner: ["learner-0"],
    });
  });

  it("that do not come end the join with ERR_PEERS_MISSING, which says who is missing", async () => {
    await using group = new LocalGroup();
    await group.join("worker");
    const error = await failureOf(
      group.join("runner", { peers: { worker: 3, learner: 1 }, joinTimeout: 50 }),
    );
    expect(error.code).toBe("ERR_PEERS_MISSING");
    expect(error.message).toContain('2 of 3 "worker", 1 of 1 "learner"');
    expect(error.message).not.toMatch(/\d\.\d/);
    expect(error.details).toMatchObject({
      missing: { worker: { needed: 3, present: 1 }, learner: { needed: 1, present: 0 } },
    });
    await using registry = await openRegistry(group.registry);
    expect((await registry.members("test")).map(({ name }) => name)).toEqual(["worker-0"]);
  });

  it("may be fewer once joinTimeout is over, down to minPeers", async () => {
    await using group = new LocalGroup();
    await group.join("worker");
    const runner = await group.join("runner", { peers: { worker: 3 }, minPeers: 1, joinTimeout: 50 });
    expect(runner.peers.get("worker")).toEqual(["worker-0"]);
    expect(group.log.warnings).toHaveLength(1);

    const byComponent = { peers: { worker: 3, learner: 1 }, minPeers: { worker: 1 }, joinTimeout: 50 };
    const error = await failureOf(group.join("runner", byComponent));
    expect(error.details["missing"]).toEqual({
      worker: { needed: 3, present: 1 },
      learner: { needed: 1, present: 0 },
    });
  });
});

describe("a join", () => {
  it("does not take an option that there is not, nor a request a time that is none", async () => {
    await using group = new LocalGroup();
    const mistyped = { group: "g", component: "c", joinTimeot: 1 };
    expect(await failureOf(Proxy.join(mistyped))).toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("joinTimeot") as string,
    });
    const one = await group.join("one");
    const request = one.request(one.name, { type: "hello" }, { timeout: Number.NaN });
    expect((await failureOf(request)).code).toBe("ERR_CONFIG");
    expect(await one.receiveOnce({ timeout: 0 })).toBeUndefined();
  });

  it("is cancelled by its signal and leaves nobody behind", async () => {
    await using group = new LocalGroup();
    await using registry = await openRegistry(group.registry);
    const controller = new AbortController();
    const joining = failureOf(group.join("runner", { peers: { worker: 1 }, signal: controller.signal }));
    await waitUntil(async () => (await registry.members("test")).length === 1, { what: "the seat" });
    controller.abort(new Error("changed my mind"));
    const error = await joining;
    expect(error.code).toBe("ERR_CANCELLED");
    expect((error.cause as Error).message).toBe("changed my mind");
    expect(await registry.members("test")).toEqual([]);
  });

  it("with a signal that was aborted before joins nothing", async () => {
    await using group = new LocalGroup();
    const error = await failureOf(group.join("runner", { signal: AbortSignal.abort() }));
    expect(error.code).toBe("ERR_CANCELLED");
    await using registry = await openRegistry(group.registry);
    expect(await registry.members("test")).toEqual([]);
  });

  it("through a registry of one's own leaves that registry open", async () => {
    await using registry = await openRegistry(`memory:${uniqueId()}`);
    const member = await Proxy.join({ group: "test", component: "worker", registry });
    await member.close();
    expect(await registry.members("test")).toEqual([]);
  });

  const wrong: [field: string, options: object][] = [
    ["group", { group: "" }],
    ["group", { group: "a:b" }],
    ["component", { component: "with space" }],
    ["name", { name: "x".repeat(129) }],
    ["peers.worker", { peers: { worker: -1 } }],
    ["peers.worker", { peers: { worker: 1.5 } }],
    ["registry", { registry: 7 }],
    ["minPeers", { minPeers: "all" }],
    ["joinTimeout", { joinTimeout: -1 }],
    ["cache", { cache: -1 }],
    ["lease", { lease: 1 }],
    ["limits.message", { limits: { message: 10 } }],
    ["limits.inbound", { limits: { inbound: "many" } }],
  ];
  it.each(wrong)("refuses a wrong %s with ERR_CONFIG that names it: %o", async (field, options) => {
    const error = await failureOf(Proxy.join({ group: "test", component: "worker", ...options }));
    expect(error.code).toBe("ERR_CONFIG");
    expect(error.message).toContain(`${field}:`);
  });

  it("names all that is wrong at once", async () => {
    const error = await failureOf(Proxy.join({ group: "", component: "", cache: -1 }));
    for (const field of ["group", "component", "cache"]) expect(error.message).toContain(`${field}:`);
  });
});

describe("a registry", () => {
  it("of an unknown scheme is ERR_REGISTRY, which says what schemes there are", async () => {
    const error = await failureOf(
      Proxy.join({ group: "test", component: "worker", registry: "carrier-pigeon://loft" }),
    );
    expect(error.code).toBe("ERR_REGISTRY");
    expect(error.message).toContain("carrier-pigeon://loft");
    expect(error.message).toContain("redis://");
  });

  it.each(["tcp", "redis"])(
    "at a %s address that accepts and never answers is ERR_REGISTRY, which says where and how long it looked",
    async (scheme) => {
      const sockets = new Set<Socket>();
      const silent = createServer((socket) => sockets.add(socket)).listen(0, "127.0.0.1");
      await once(silent, "listening");
      const url = `${scheme}://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      try {
        const error = await failureOf(
          Proxy.join({ group: "test", component: "worker", registry: url, joinTimeout: 200 }),
        );
        expect(error.code).toBe("ERR_REGISTRY");
        expect(error.message).toContain(url);
        expect(error.message).toContain("200 ms");
        expect(error.retryable).toBe(true);
      } finally {
        silent.close();
        for (const socket of sockets) socket.destroy();
      }
    },
  );

  it("that is closed under a member makes it lost, and says so to those who receive", async () => {
    const registry = await openRegistry(`memory:${uniqueId()}`);
    await using group = new LocalGroup();
    const member = await group.join("worker", { registry });
    const lost = once(member, "lost");
    const receiving = failureOf(member.receiveOnce());
    await registry.close();
    expect(((await lost)[0] as Error).message).toContain("registry");
    expect((await receiving).code).toBe("ERR_CLOSED");
    const error = await failureOf(member.send("anyone", { type: "hello" }));
    expect(error.code).toBe("ERR_CLOSED");
    expect(error.message).toContain("was lost");
  });

  it("may list a member that joined a moment ago: it can be sent to at once", async () => {
    await using group = new LocalGroup();
    const runner = await group.join("runner");
    const worker = await group.joinEcho("worker");
    expect((await runner.request(worker.name, { type: "echo", body: 1 })).body).toBe(1);
  });

  it("may list a member that cannot be reached: only who sends to it is told", async () => {
    await using group = new LocalGroup();
    await using registry = await openRegistry(group.registry);
    const runner = await group.join("runner");
    await registry.join("test", {
      name: "odd",
      component: "odd",
      endpoint: "tcp://192.0.2.1:7000",
      incarnation: uniqueId(),
      process: processIdentity(),
    });
    await waitUntil(() => runner.peers.has("odd"), { what: "odd to be seen" });
    expect((await failureOf(runner.send("odd", { type: "hello" }))).code).toBe("ERR_UNAUTHORIZED");
    const worker = await group.joinEcho("worker");
    expect((await runner.request(worker.name, { type: "echo", body: 1 })).body).toBe(1);
  });
});
