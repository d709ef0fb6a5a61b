import { once } from "node:events";

import {
  describeWithRedis,
  Harness,
  type HarnessProcess,
  noLeftovers,
  type RedisServer,
  startRedis,
  waitUntil,
} from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type JoinOptions, Proxy } from "../src/index.js";
import { failureOf, receiveMany, registryOf, spawnMember } from "./fixtures.js";

noLeftovers();

/** Milliseconds that a member stays listed without a sign of life, where that must not matter. */
const longLease = 60_000;
/** ... and where a test waits for it to be over: short, and yet nothing that a busy machine would take. */
const shortLease = 500;

interface Scene extends AsyncDisposable {
  readonly harness: Harness;
  readonly registry: string;
  readonly runner: Proxy;
  /** Starts a member and waits until the runner sees it. */
  start(options?: Partial<JoinOptions>): Promise<HarnessProcess>;
}

/** A runner in this process, for workers in processes of their own; all with the same lease. */
async function scene(options: Partial<JoinOptions> = {}, url?: string): Promise<Scene> {
  const { lease = longLease } = options;
  const harness = await Harness.start();
  const registry = url ?? registryOf(harness);
  const runner = await Proxy.join({ group: "test", component: "runner", registry, lease, ...options });
  return {
    harness,
    registry,
    runner,
    async start(memberOptions = {}) {
      const member = spawnMember(harness, {
        component: "worker",
        name: "w",
        registry,
        lease,
        ...memberOptions,
      });
      await member.line("joined");
      await waitUntil(() => runner.peers.get("worker")?.includes(memberOptions.name ?? "w"), { what: "w" });
      return member;
    },
    async [Symbol.asyncDispose]() {
      await runner.close();
      await harness.close();
    },
  };
}

function departureOf(runner: Proxy): Promise<unknown> {
  return waitUntil(() => !runner.peers.has("worker"), { what: "the worker to be gone" });
}

/** What must hold whichever registry the group is in. */
function killAndRejoin(lease: number, where: () => string | undefined) {
  it("a killed peer is seen to leave, and requests to it fail then and not at their timeout", async () => {
    await using stage = await scene({ lease }, where());
    const { runner } = stage;
    const worker = await stage.start();
    const left = once(runner, "peer-left");
    const asked = failureOf(runner.request("w", { type: "hold" }, { timeout: Infinity }));
    await worker.line("hold");
    await worker.kill();
    expect(await left).toEqual([{ name: "w", component: "worker" }]);
    const error = await asked;
    expect(error.code).toBe("ERR_PEER_LEFT");
    expect(error.details).toMatchObject({ peer: "w", group: "test" });
    expect(runner.peers.has("worker")).toBe(false);
    expect((await failureOf(runner.send("w", { type: "note" }))).code).toBe("ERR_PEER_LEFT");
    expect((await failureOf(runner.request("w", { type: "echo" }))).code).toBe("ERR_PEER_LEFT");
  });

  it("a new process under the name of a dead one has rejoined, and is spoken to as the old one was", async () => {
    await using stage = await scene({ lease }, where());
    const { runner } = stage;
    const first = await stage.start();
    const { body: before } = await runner.request("w", { type: "who" });
    await first.kill();
    await departureOf(runner);
    const rejoined = once(runner, "peer-rejoined");
    await using second = await stage.start();
    expect(await rejoined).toEqual([{ name: "w", component: "worker" }]);
    const { body: after } = await runner.request("w", { type: "who" });
    expect(after).toEqual({ name: "w", pid: second.pid });
    expect(before).toEqual({ name: "w", pid: first.pid });
  });
}

describe("without a server", () => killAndRejoin(longLease, () => undefined));

describeWithRedis("in Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  // A database for each test.
  let database = 0;
  killAndRejoin(shortLease, () => redis.url.replace(/\/0$/, `/${database++ % 16}`));
});

describe("a peer that leaves in order", () => {
  it("is gone at once, whatever its lease", async () => {
    await using stage = await scene();
    await using worker = await stage.start();
    const left = once(stage.runner, "peer-left");
    await worker.send('{"close":true}');
    await left;
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });

  it("has its last answers arrive, not an error", async () => {
    await using stage = await scene();
    const { runner } = stage;
    for (let round = 0; round < 3; round++) {
      const worker = await stage.start();
      const requests = [1, 2].map((body) => runner.request("w", { type: "last-words", body }));
      expect((await requests[0]!).body).toBe(1);
      // The second was not answered.
      expect((await failureOf(requests[1]!)).code).toMatch(/ERR_PEER_LEFT/);
      expect((await worker.exited).code).toBe(0);
      await departureOf(runner);
    }
  });
});

describe("a peer that is paused", () => {
  it("leaves when its lease is over and rejoins under its name; messages flow both ways again", async () => {
    await using stage = await scene({ lease: shortLease });
    const { runner } = stage;
    await using worker = await stage.start();
    expect((await runner.request("w", { type: "echo", body: 1 })).body).toBe(1);
    const { body: before } = await runner.request("w", { type: "who" });

    const left = once(runner, "peer-left");
    await worker.freeze();
    const asked = failureOf(runner.request("w", { type: "echo" }));
    await left;
    expect((await asked).code).toBe("ERR_PEER_LEFT");

    const rejoined = once(runner, "peer-rejoined");
    await worker.resume();
    await rejoined;
    expect((await runner.request("w", { type: "who" })).body).toEqual(before);
    await worker.send(JSON.stringify({ send: "runner-0", count: 3, size: 10 }));
    const received = await receiveMany(runner, 3);
    expect(received.map(({ body }) => (body as { number: number }).number)).toEqual([0, 1, 2]);
  });

  it("that waited for credit goes on: all that it was sending arrives, in order", async () => {
    await using stage = await scene({ lease: shortLease, limits: { inbound: 64 * 1024 } });
    const { runner } = stage;
    await using worker = await stage.start({ limits: { outbound: 16 * 1024 } });
    const count = 300;
    await worker.send(JSON.stringify({ send: "runner-0", count, size: 1000 }));
    // As much as it has credit for, and no more.
    await waitUntil(() => runner.stats().bytes >= 64 * 1024, { what: "the worker to be out of credit" });

    await worker.freeze();
    const first = await receiveMany(runner, runner.stats().inbox);
    await departureOf(runner);
    const rejoined = once(runner, "peer-rejoined");
    await worker.resume();
    await rejoined;
    const rest = await receiveMany(runner, count - first.length);
    await worker.line(`sent ${count}`);
    const numbers = [...first, ...rest].map(({ body }) => (body as { number: number }).number);
    expect(numbers).toEqual(Array.from({ length: count }, (_, number) => number));
  });

  it("and finds its name taken by another is lost, and says why", async () => {
    await using stage = await scene({ lease: shortLease });
    const paused = await stage.start();
    await paused.freeze();
    await departureOf(stage.runner);
    await using successor = await stage.start();
    await paused.resume();
    await paused.line("lost ERR_NAME_TAKEN");
    expect(await paused.exited).toEqual({ code: 0, signal: null });
    const { body } = await stage.runner.request("w", { type: "who" });
    expect(body).toEqual({ name: "w", pid: successor.pid });
  });
});

describe("cache", () => {
  it("keeps so many messages for a peer that left, and delivers them in order when it is back", async () => {
    await using stage = await scene({ cache: 3 });
    const { runner } = stage;
    const first = await stage.start();
    await runner.request("w", { type: "echo" });
    await first.kill();
    await departureOf(runner);

    for (const body of [1, 2, 3]) await runner.send("w", { type: "note", body });
    const refused = await failureOf(runner.send("w", { type: "note", body: 4 }));
    expect(refused.code).toBe("ERR_PEER_LEFT");
    expect(refused.message).toContain("3 messages");

    await using second = await stage.start();
    await runner.send("w", { type: "note", body: 5 });
    for (const body of [1, 2, 3, 5]) await second.line(`note ${body}`);
    expect(second.lines.filter((line) => line.startsWith("note"))).toEqual([
      "note 1",
      "note 2",
      "note 3",
      "note 5",
    ]);
  });

  it("is for those who were there: a name that never was is ERR_PEERS_MISSING", async () => {
    await using stage = await scene({ cache: 3 });
    expect((await failureOf(stage.runner.send("w", { type: "note" }))).code).toBe("ERR_PEERS_MISSING");
  });
});

describe("minPeers", () => {
  it("makes a broadcast wait until the component has recovered", async () => {
    await using stage = await scene();
    const first = await stage.start();
    await using caller = await Proxy.join({
      group: "test",
      component: "caller",
      registry: stage.registry,
      peers: { worker: 1 },
      minPeers: 1,
    });
    await first.kill();
    await departureOf(caller);
    const broadcast = caller.broadcast("worker", { type: "note", body: "welcome back" });
    const tooLate = await failureOf(caller.broadcast("worker", { type: "note" }, { timeout: 20 }));
    expect(tooLate.code).toBe("ERR_PEERS_MISSING");
    expect(tooLate.message).toContain('1 of 1 "worker"');
    await using second = await stage.start();
    await broadcast;
    await second.line('note "welcome back"');
  });

  it("ends with ERR_CLOSED when the proxy closes meanwhile", async () => {
    await using stage = await scene();
    const worker = await stage.start();
    const caller = await Proxy.join({
      group: "test",
      component: "caller",
      registry: stage.registry,
      peers: { worker: 1 },
      minPeers: { worker: 1 },
    });
    await worker.kill();
    await departureOf(caller);
    const asked = failureOf(caller.ask("worker", { type: "who" }));
    await caller.close();
    expect((await asked).code).toBe("ERR_CLOSED");
  });
});
