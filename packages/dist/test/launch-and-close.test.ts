import { deferred } from "@troupe/core";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";

import { dist, launch, openRegistry, type Proxy } from "../src/index.js";
import { TestGroup } from "./support/test-group.js";

noLeftovers();
afterEach(() => {
  vi.useRealTimers();
});

/** What `dist()` gave for an instance, for handlers that close it. */
const standIns = new WeakMap<object, { close(): Promise<void> }>();

/** A worker that says what happens to it. */
class Worker {
  readonly log: string[] = [];
  onStart(proxy: Proxy) {
    this.log.push(`start ${proxy.name}`);
  }
  onStop(reason?: Error) {
    this.log.push(`stop ${reason?.message ?? "in order"}`);
  }
}

function component(
  group: TestGroup,
  handlers: Record<string, (local: Worker, proxy: Proxy) => unknown> = {},
) {
  return dist<Worker>({
    ...group.at,
    component: "worker",
    handlers: { ...handlers, sync: (_local, proxy, message) => proxy.reply([message].flat()[0]!) },
  })(new Worker());
}

async function gone(runner: Proxy): Promise<void> {
  await waitUntil(() => !runner.peers.has("worker"), { what: "the worker to leave" });
}

describe("launch()", () => {
  it("resolves after close(), with onStart and onStop called once each", async () => {
    await using group = new TestGroup();
    const worker = component(group);
    const running = launch(worker, { signals: false });
    const runner = await group.join("runner", { peers: { worker: 1 } });
    await runner.request("worker-0", { type: "sync" });
    await worker.close();
    expect(worker.log).toEqual(["start worker-0", "stop in order"]);
    await running;
    await gone(runner);
  });

  it("resolves when its signal aborts, also one that was aborted before", async () => {
    await using group = new TestGroup();
    const runner = await group.join("runner");
    const end = new AbortController();
    const worker = component(group);
    const running = launch(worker, { signal: end.signal, signals: false });
    await waitUntil(() => runner.peers.has("worker"), { what: "the worker to join" });
    end.abort();
    await running;
    await gone(runner);
    await launch(worker, { signal: end.signal });
    expect(worker.log).toEqual(["start worker-0", "stop in order"]);
  });

  it("resolves when it is closed or aborted while it waits for its peers, and leaves nothing", async () => {
    await using group = new TestGroup();
    const registry = await openRegistry(group.at.registry);
    const worker = component(group);
    for (const end of ["close", "abort"]) {
      const abort = new AbortController();
      const running = launch(worker, { peers: { nobody: 1 }, signal: abort.signal, signals: false });
      await waitUntil(async () => (await registry.members("test")).length === 1, {
        what: "the worker to join",
      });
      if (end === "close") await worker.close();
      else abort.abort();
      await running;
      expect(await registry.members("test")).toEqual([]);
    }
    expect(worker.log).toEqual([]);
    await registry.close();
  });

  it("gives the same promise while it runs, and joins once", async () => {
    await using group = new TestGroup();
    const worker = component(group);
    const running = worker.launch({ signals: false });
    expect(worker.launch({ name: "another" })).toBe(running);
    const again = launch(worker);
    const runner = await group.join("runner", { peers: { worker: 1 } });
    expect(runner.peers.get("worker")).toEqual(["worker-0"]);
    await worker.close();
    await Promise.all([running, again]);
    expect(worker.log.filter((line) => line.startsWith("start"))).toHaveLength(1);
  });

  it("may be called again after close(), however often that was called, and before any launch", async () => {
    await using group = new TestGroup();
    const worker = component(group);
    await worker.close();
    for (let round = 1; round <= 3; round++) {
      const running = launch(worker, { signals: false });
      const runner = await group.join("runner", { peers: { worker: 1 } });
      await runner.request(worker.proxy.name, { type: "sync" });
      await Promise.all([worker.close(), worker.close()]);
      await worker.close();
      await running;
      expect(() => worker.proxy).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
      expect(worker.log).toHaveLength(2 * round);
      await gone(runner);
      await runner.close();
    }
  });

  it("takes name, registry, peers and timeout for this once", async () => {
    await using declared = new TestGroup();
    await using elsewhere = new TestGroup();
    const worker = component(declared);
    const { registry } = elsewhere.at;
    void elsewhere.launch(worker, { name: "somebody", registry });
    const runner = await elsewhere.join("runner", { peers: { worker: 1 } });
    expect(runner.peers.get("worker")).toEqual(["somebody"]);
    await worker.close();
    await expect(launch(worker, { peers: { nobody: 2 }, timeout: 1 })).rejects.toMatchObject({
      code: "ERR_PEERS_MISSING",
      message: expect.stringContaining("nobody") as string,
    });
    // Nothing of it stays.
    void declared.launch(worker);
    const other = await declared.join("runner", { peers: { worker: 1 } });
    expect(other.peers.get("worker")).toEqual(["worker-0"]);
  });

  it("takes an open registry, which it leaves open", async () => {
    await using group = new TestGroup();
    const registry = await openRegistry(group.at.registry);
    const worker = component(group);
    void group.launch(worker, { registry });
    await waitUntil(() => worker.proxy, { what: "the worker to join" });
    await worker.close();
    expect(await registry.members("test")).toEqual([]);
    await registry.close();
  });

  it("rejects with what joining threw, when its name is taken", async () => {
    await using group = new TestGroup();
    const runner = await group.join("runner", { name: "taken" });
    await expect(launch(component(group), { name: "taken" })).rejects.toMatchObject({
      code: "ERR_NAME_TAKEN",
    });
    expect(runner.peers.size).toBe(0);
  });
});

describe("onStart", () => {
  it("that fails ends the launch with its error, told to onStop, and leaves the group", async () => {
    await using group = new TestGroup();
    const runner = await group.join("runner");
    const failing = Object.assign(new Worker(), { onStart: () => Promise.reject(new Error("no data")) });
    await expect(group.launch(dist<Worker>(group.at)(failing))).rejects.toThrow("no data");
    expect(failing.log).toEqual(["stop no data"]);
    await waitUntil(() => runner.peers.size === 0, { what: "the worker to leave" });
  });

  it("that fails for want of a cancelled wait is a failure as any other", async () => {
    await using group = new TestGroup();
    const failing = {
      onStart: (proxy: Proxy) => proxy.request("nobody", { type: "any" }, { signal: AbortSignal.abort() }),
    };
    await expect(group.launch(dist(group.at)(failing))).rejects.toMatchObject({ code: "ERR_CANCELLED" });
  });
});

it("an onStart that waits for what only the proxy brings is left after 5 s, which is no failure", async () => {
  await using group = new TestGroup();
  const asker = dist(group.at)({ onStart: (proxy: Proxy) => proxy.request("runner-0", { type: "any" }) });
  const runner = await group.join("runner");
  const running = group.launch(asker);
  await runner.receiveOnce();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const closing = asker.close();
  await vi.advanceTimersByTimeAsync(5_000);
  vi.useRealTimers();
  await closing;
  await running;
  expect(group.log.warnings).toMatchObject([{ text: expect.stringContaining("still runs") as string }]);
});

describe("onStop", () => {
  it("that fails ends the launch with its error, when the group is left", async () => {
    await using group = new TestGroup();
    const worker = dist(group.at)({ onStop: () => Promise.reject(new Error("cannot save")) });
    const running = group.launch(worker);
    await waitUntil(() => worker.proxy, { what: "the worker to join" });
    const outcome = expect(running).rejects.toThrow("cannot save");
    await worker.close();
    await outcome;
  });

  it("that fails after another failure hides not the first, and is logged", async () => {
    await using group = new TestGroup();
    const worker = {
      onStart: () => Promise.reject(new Error("first")),
      onStop: () => Promise.reject(new Error("second")),
    };
    await expect(group.launch(dist(group.at)(worker))).rejects.toThrow("first");
    expect(group.log.errors).toMatchObject([{ fields: { err: { message: "second" } } }]);
  });

  it("may await close()", async () => {
    await using group = new TestGroup();
    const worker = dist(group.at)({
      async onStop(): Promise<void> {
        await Promise.resolve();
        await worker.close();
      },
    });
    const running = group.launch(worker);
    await waitUntil(() => worker.proxy, { what: "the worker to join" });
    await worker.close();
    await running;
  });
});

describe("a component ends by its own handler", () => {
  it.each<[string, (local: Worker, proxy: Proxy) => unknown]>([
    ["proxy.close() returned", (_local, proxy) => proxy.close()],
    ["proxy.close() not awaited", (_local, proxy) => void proxy.close()],
    [
      "proxy.close() after a wait",
      async (_local, proxy) => {
        await new Promise(setImmediate);
        await proxy.close();
      },
    ],
    ["its close() returned", (local) => standIns.get(local)?.close()],
    ["its close() not awaited", (local) => void standIns.get(local)?.close()],
    [
      "its close() not awaited, after a wait",
      async (local) => {
        await new Promise(setImmediate);
        void standIns.get(local)?.close();
      },
    ],
    [
      "its close() awaited",
      async (local) => {
        await standIns.get(local)?.close();
        local.log.push("closed");
      },
    ],
  ])("with %s", async (_how, handler) => {
    await using group = new TestGroup();
    const worker = component(group, { goodbye: handler });
    standIns.set(worker.local, worker);
    const running = launch(worker, { signals: false });
    const runner = await group.join("runner", { peers: { worker: 1 } });
    await runner.send("worker-0", { type: "goodbye" });
    await running;
    expect(worker.log.at(-1)).toBe("stop in order");
    expect([group.log.warnings, group.log.errors]).toEqual([[], []]);
    await gone(runner);
  });

  it("with close() in onStart", async () => {
    await using group = new TestGroup();
    const worker = dist(group.at)({
      log: [] as string[],
      async onStart() {
        await worker.close();
        this.log.push("onStart goes on");
      },
    });
    await group.launch(worker);
    expect(worker.log).toEqual(["onStart goes on"]);
    expect(group.log.warnings).toEqual([]);
  });
});

describe("close() while messages are there", () => {
  it("finishes the one that is being handled, whose reply gets out, and begins no other", async () => {
    await using group = new TestGroup();
    const [begun, gate] = [deferred<void>(), deferred<void>()];
    const handled: unknown[] = [];
    const worker = dist({
      ...group.at,
      component: "worker",
      handlers: {
        slow: async (_local, proxy, message) => {
          handled.push(message.body);
          begun.resolve();
          await gate.promise;
          await proxy.reply(message, { body: "done" });
        },
      },
    })({});
    const runner = await group.runnerBeside(worker);
    const requests = [1, 2, 3].map((body) => runner.request("worker-0", { type: "slow", body }));
    const outcomes = Promise.allSettled(requests);
    await begun.promise;
    const closing = worker.close();
    gate.resolve();
    await closing;
    expect(await outcomes).toMatchObject([
      { status: "fulfilled", value: { body: "done" } },
      { status: "rejected", reason: { code: "ERR_PEER_LEFT" } },
      { status: "rejected", reason: { code: "ERR_PEER_LEFT" } },
    ]);
    expect(handled).toEqual([1]);
  });

  it("leaves after 5 s under a handler that does not end, with a warning", async () => {
    await using group = new TestGroup();
    const [begun, gate] = [deferred<void>(), deferred<void>()];
    const worker = component(group, {
      stuck: () => {
        begun.resolve();
        return gate.promise;
      },
    });
    const runner = await group.runnerBeside(worker);
    await runner.send("worker-0", { type: "stuck" });
    await begun.promise;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const closing = worker.close();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(runner.peers.get("worker")).toEqual(["worker-0"]);
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    await closing;
    expect(group.log.warnings).toMatchObject([{ text: expect.stringContaining("still runs") as string }]);
    expect(worker.log.at(-1)).toBe("stop in order");
    gate.resolve();
  });
});
