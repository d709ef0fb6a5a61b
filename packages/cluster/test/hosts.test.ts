import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { connect, createServer as createTlsServer } from "node:tls";

import { ClusterKey, generateClusterKey, isProcessAlive, sharedKeyTls } from "@troupe/core";
import { Harness, type HarnessProcess, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it, onTestFinished } from "vitest";

import { joinHost } from "../src/index.js";
import { nextEvent, startCluster, type TestCluster, type TestClusterOptions } from "./support/start.js";

noLeftovers();

const program = new URL("programs/host.mjs", import.meta.url);
const key = generateClusterKey();

/** A cluster that others may join, with no pool of its own unless it is said how many. */
function startHead(options: TestClusterOptions = {}): Promise<TestCluster> {
  return startCluster({ pools: 0, listen: "tcp://127.0.0.1:*", key, ...options });
}

/** A process that joins as a host. */
function spawnHost(harness: Harness, { cluster }: TestCluster, pools = 1, options = {}): HarnessProcess {
  const args = [cluster.address!, String(pools), JSON.stringify({ ...options })];
  return harness.spawn(program, { args, env: { TROUPE_KEY: key, TROUPE_LOG: "silent" } });
}

async function joined(host: HarnessProcess): Promise<string> {
  const [, name] = await host.line(/^joined as (.*)/);
  return name!;
}

async function end(...hosts: HarnessProcess[]): Promise<void> {
  for (const host of hosts) await host.stop();
}

describe("a host that joins", () => {
  it("is listed with its pools, which run what is placed there, and its resources are given out", async () => {
    await using harness = await Harness.start();
    await using test = await startHead({ resources: { cpu: 2 } });
    const { cluster } = test;
    const event = nextEvent(cluster, "host-joined");
    const host = spawnHost(harness, test, 2, { resources: { cpu: 3, resources: { camera: 1 } } });
    expect(await joined(host)).toBe("host-1");
    expect(await event).toMatchObject({ name: "host-1", pools: ["pool-0", "pool-1"] });
    expect(cluster.hosts().map(({ name, pools }) => [name, pools])).toEqual([
      ["host-0", []],
      ["host-1", ["pool-0", "pool-1"]],
    ]);
    const pid = await test.run("pool-1");
    expect(await test.ask("pool-1", "pid")).toBe(pid);
    expect(cluster.pools()).toMatchObject([
      { id: "pool-0", host: "host-1", state: "idle" },
      { id: "pool-1", host: "host-1", state: "up", pid, actors: 1 },
    ]);
    expect((await cluster.resources()).total).toMatchObject({ cpu: 5, hosts: { "host-1": { cpu: 3 } } });
    const taken = await cluster.takeResources({ resources: { camera: 1 } });
    expect(taken.pool).toMatch(/^pool-/);
    await end(host);
  });

  it("lets its pools, those of other hosts and the head speak to each other, and ask the brain", async () => {
    await using harness = await Harness.start();
    await using test = await startHead({ pools: 1 });
    const hosts = [spawnHost(harness, test), spawnHost(harness, test)];
    await Promise.all(hosts.map(joined));
    const names = test.cluster.pools().map(({ id }) => id);
    for (const name of names) await test.run(name);
    for (const from of names) {
      for (const to of names.filter((name) => name !== from))
        expect(await test.ask(from, "ask", [to, "add", [1, 2]])).toBe(3);
    }
    const placed = await test.ask(names[2]!, "brain", ["place", { class: "Worker", pool: names[1] }]);
    expect(placed).toMatchObject({ record: { pool: names[1], host: "host-1" } });
    await end(...hosts);
  });

  it("gets and loses pools as this machine does, and says what options it cannot meet", async () => {
    await using harness = await Harness.start();
    await using test = await startHead();
    const { cluster } = test;
    const host = spawnHost(harness, test, 0);
    await joined(host);
    const pool = await cluster.addPool({ label: "big", execArgv: [] }, "host-1");
    expect(pool).toMatchObject({ host: "host-1", label: "big", state: "up" });
    await expect(cluster.addPool({ cores: 4_000 }, "host-1")).rejects.toMatchObject({ code: "ERR_CONFIG" });
    await expect(cluster.addPool({}, "host-7")).rejects.toMatchObject({ code: "ERR_NO_RESOURCES" });
    await cluster.removePool(pool.id);
    expect(cluster.pools()).toEqual([]);
    await end(host);
  });

  it("starts its pools again when they die, and says how they died", async () => {
    await using harness = await Harness.start();
    await using test = await startHead({ pools: 1 });
    const { cluster } = test;
    const host = spawnHost(harness, test);
    await joined(host);
    const pid = await test.run("pool-1");
    await test.run("pool-0");
    await test.ask("pool-0", "ask", ["pool-1", "pid"]);
    const died = nextEvent(cluster, "pool-died");
    const recovered = nextEvent(cluster, "pool-recovered");
    process.kill(pid, "SIGKILL");
    expect(await died).toMatchObject({ process: "pool-1", pid, signal: "SIGKILL" });
    expect(await recovered).toMatchObject({ id: "pool-1", host: "host-1", restarts: 1 });
    await waitUntil(() => test.ask("pool-0", "ask", ["pool-1", "pid"]), { what: "the other to reach it" });
    cluster.killPool("pool-1");
    await nextEvent(cluster, "pool-recovered");
    await end(host);
  });

  it("has what its pools write told by the head, with the host's name", async () => {
    await using harness = await Harness.start();
    await using test = await startHead();
    const host = spawnHost(harness, test);
    await joined(host);
    const pid = await test.run("pool-0");
    await test.ask("pool-0", "write", ["stderr", "counter-0", "hello\n"]);
    await waitUntil(() => test.lines.includes(`(counter-0 pid=${pid} host=host-1) hello`), {
      what: "the line",
    });
    expect(test.output).toContainEqual(expect.objectContaining({ host: "host-1", stream: "stderr" }));
    await test.ask("pool-0", "flood", 5_000);
    await waitUntil(() => test.lines.length > 5_000, { what: "all lines" });
    await end(host);
  });
});

describe("a host that leaves", () => {
  it("by SIGTERM has its actors stopped, and nothing is left of it", async () => {
    await using harness = await Harness.start();
    const stopped: string[] = [];
    await using test = await startHead({
      stopActor: async (actor) => {
        stopped.push(actor.path);
        test.cluster.node.brain.ended(actor.id, "stopped");
      },
    });
    const host = spawnHost(harness, test);
    await joined(host);
    const pid = await test.run("pool-0");
    const left = nextEvent(test.cluster, "host-left");
    await host.stop();
    expect(await left).toMatchObject({ name: "host-1" });
    expect(stopped).toEqual(["worker-0"]);
    expect(host.lines.at(-1)).toBe("ended");
    expect(isProcessAlive({ pid, startTime: 0 })).toBe(false);
    expect([test.cluster.pools(), test.cluster.hosts().length]).toEqual([[], 1]);
    await expect(test.ask("pool-0", "pid")).rejects.toMatchObject({ code: "ERR_ACTOR_DIED" });
  });

  it("because the cluster closes ends its pools and itself", async () => {
    await using harness = await Harness.start();
    const test = await startHead();
    const host = spawnHost(harness, test);
    await joined(host);
    await test.run("pool-0");
    await test.cluster.close();
    expect(await host.exited).toEqual({ code: 0, signal: null });
    expect(host.lines.at(-1)).toBe("ended");
  });
});

describe("a host whose agent is killed", () => {
  it("is lost with its pools at once: all hear of it, and what asks them fails", async () => {
    await using harness = await Harness.start();
    await using test = await startHead({ pools: 1 });
    const { cluster } = test;
    const host = spawnHost(harness, test, 2);
    await joined(host);
    await test.run("pool-0");
    const pid = await test.run("pool-1");
    await test.ask("pool-0", "ask", ["pool-1", "pid"]);
    const [left, died, lost] = [
      nextEvent(cluster, "host-left"),
      nextEvent(cluster, "pool-died"),
      nextEvent(cluster, "actor-died"),
    ];
    const answer = expect(test.ask("pool-1", "never")).rejects.toMatchObject({ code: "ERR_ACTOR_DIED" });
    await host.kill();
    expect(await left).toMatchObject({ name: "host-1", pools: ["pool-1", "pool-2"] });
    expect(await died).toMatchObject({
      process: "pool-1",
      pid,
      reason: expect.stringMatching(/^was lost with its host host-1 \(.+\): the connection/) as string,
    });
    expect((await lost).reason).toContain("lost with its host host-1");
    await answer;
    await waitUntil(
      async () =>
        ((await test.ask("pool-0", "gone-here")) as { name: string }[]).some((at) => at.name === "pool-1"),
      { what: "the other pool to hear of it" },
    );
    expect(cluster.pools().map(({ id }) => id)).toEqual(["pool-0"]);
    await waitUntil(() => !isProcessAlive({ pid, startTime: 0 }), { what: "its pools to end" });
  });

  it("has its actors made again on other hosts", async () => {
    await using harness = await Harness.start();
    const made: string[] = [];
    await using test = await startHead({
      makeActor: (actor) => {
        made.push(`${actor.path} in ${actor.pool}`);
      },
    });
    const hosts: HarnessProcess[] = [];
    for (let host = 0; host < 2; host++) {
      hosts.push(spawnHost(harness, test));
      await joined(hosts[host]!);
    }
    const { node } = test.cluster;
    const revival = { recipe: null, restarts: { max: 1, window: 1_000, backoff: 0 } };
    const { record } = await node.brain.place({
      class: "Worker",
      creator: node.name,
      needs: { cpu: 1 },
      revival,
    });
    node.brain.started(record.id);
    const [lost, other] = record.host === "host-1" ? hosts : hosts.reverse();
    await lost!.kill();
    await waitUntil(() => made.length === 1, { what: "the actor to be made again" });
    expect(made).toEqual([`worker-0 in ${test.cluster.pools()[0]!.id}`]);
    expect(test.cluster.actors()).toMatchObject([{ path: "worker-0", restarts: 1 }]);
    expect(test.cluster.actors()[0]!.host).not.toBe(record.host);
    await end(other!);
  });
});

describe("a host that gives no sign of life", () => {
  it("is lost when its lease is over, ends its pools when it can, and joins as a new host", async () => {
    await using harness = await Harness.start();
    await using test = await startHead({ lease: 1_000 });
    const { cluster } = test;
    const host = spawnHost(harness, test);
    await joined(host);
    const pid = await test.run("pool-0");
    const left = nextEvent(cluster, "host-left");
    await host.freeze();
    expect(await left).toMatchObject({ name: "host-1" });
    const again = nextEvent(cluster, "host-joined");
    await host.resume();
    expect(await again).toMatchObject({ name: "host-2", pools: ["pool-1"] });
    await waitUntil(() => !isProcessAlive({ pid, startTime: 0 }), { what: "its former pools to end" });
    expect(await test.run("pool-1")).not.toBe(pid);
    await end(host);
  });
});

describe("a host whose head dies", () => {
  const head = new URL("programs/head.mjs", import.meta.url);

  /** A head at that port, or at any. */
  async function spawnHead(harness: Harness, port = "*") {
    const options = JSON.stringify({ pools: 0, listen: `tcp://127.0.0.1:${port}` });
    const started = harness.spawn(head, { args: [options], env: { TROUPE_KEY: key, TROUPE_LOG: "silent" } });
    const [, address] = await started.line(/^at (.*)/);
    return { head: started, address: address! };
  }

  it("ends its pools, and joins the next head at that address", async () => {
    await using harness = await Harness.start();
    const first = await spawnHead(harness);
    const env = { TROUPE_KEY: key, TROUPE_LOG: "silent" };
    const host = harness.spawn(program, { args: [first.address, "1"], env });
    await joined(host);
    await first.head.send('["place"]\n');
    const [, answer] = await first.head.line(/^answer (.*)/);
    const { pid } = JSON.parse(answer!) as { pid: number };
    await first.head.kill();
    await waitUntil(() => !isProcessAlive({ pid, startTime: 0 }), { what: "its pools to end" });
    const second = await spawnHead(harness, new URL(first.address.replace("tcp:", "http:")).port);
    await second.head.line(/^host-joined host-1/);
    await end(host);
    await second.head.line(/^host-left host-1/);
    await second.head.kill();
  });

  it("ends itself where it is not to join again", async () => {
    await using harness = await Harness.start();
    const { head, address } = await spawnHead(harness);
    const env = { TROUPE_KEY: key, TROUPE_LOG: "silent" };
    const host = harness.spawn(program, { args: [address, "0", '{"rejoin":false}'], env });
    await joined(host);
    await head.kill();
    expect(await host.exited).toEqual({ code: 0, signal: null });
    expect(host.lines.at(-1)).toBe("ended");
  });
});

describe("who may not join", () => {
  const options = { program, pools: 0, timeout: 5_000 };

  it("is told that it has another key, or none", async () => {
    await using test = await startHead();
    const address = test.cluster.address!;
    const other = joinHost({ ...options, address, key: generateClusterKey() });
    await expect(other).rejects.toMatchObject({ code: "ERR_UNAUTHORIZED" });
    await expect(joinHost({ ...options, address })).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("TROUPE_KEY") as string,
    });
  });

  it("is told that it is of another version, naming both", async () => {
    await using test = await startHead();
    const { port, hostname } = new URL(test.cluster.address!.replace("tcp:", "http:"));
    const { client } = sharedKeyTls(new ClusterKey(key), "troupe head");
    const guest = connect({ host: hostname, port: Number(port), ...client });
    guest.write('{"troupe":[99],"kind":"host","machine":""}\n');
    const [answer] = (await once(guest, "data")) as [Buffer];
    expect(JSON.parse(String(answer).split("\n")[0]!)).toMatchObject({
      error: { code: "ERR_PROTOCOL", message: expect.stringMatching(/protocol \d+.* 99/) as string },
    });
    guest.destroy();
  });

  it("is told that the head is of another version, or is none", async () => {
    const { server: options } = sharedKeyTls(new ClusterKey(key), "troupe head");
    const answers = ['{"error":{"code":"ERR_PROTOCOL","message":"99 here"}}', "{}", "what"];
    const server = createTlsServer(options, (socket) => socket.resume().end(`${answers.shift()}\n`));
    server.listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const address = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const join = () => joinHost({ program, pools: 0, key, address });
    await expect(join()).rejects.toMatchObject({ code: "ERR_PROTOCOL", message: "99 here" });
    await expect(join()).rejects.toMatchObject({ code: "ERR_PROTOCOL" });
    await expect(join()).rejects.toMatchObject({ code: "ERR_PEERS_MISSING" });
  });

  it("is told that nobody is there, or that it is no address", async () => {
    const port = await freePort();
    await expect(joinHost({ ...options, key, address: `tcp://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: "ERR_PEERS_MISSING",
    });
    await expect(joinHost({ ...options, key, address: "127.0.0.1:7700" })).rejects.toMatchObject({
      code: "ERR_CONFIG",
    });
  });

  it("is not waited for when what is there says nothing", async () => {
    const silent = createServer((socket) => void socket.resume()).listen(0, "127.0.0.1");
    onTestFinished(() => void silent.close());
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const address = `tcp://127.0.0.1:${port}`;
    await expect(joinHost({ ...options, key, address, timeout: 300 })).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
    });
  });
});

describe("a head", () => {
  it("needs a key, an address that is one, and one that is free", async () => {
    await using test = await startHead();
    const listen = test.cluster.address!;
    await expect(startHead({ listen })).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("another process listens there") as string,
    });
    await expect(startHead({ listen: "127.0.0.1:7" })).rejects.toMatchObject({ code: "ERR_CONFIG" });
    await expect(startHead({ key: undefined })).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("TROUPE_KEY") as string,
    });
    await expect(startHead({ lease: 1 })).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
