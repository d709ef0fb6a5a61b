import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

import { isProcessAlive } from "@troupe/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import {
  Chaos,
  chaosPlan,
  type CuttableLink,
  Harness,
  type HarnessProcess,
  noLeftovers,
  waitUntil,
} from "../src/index.js";
import { threadStates } from "../src/harness/process-table.js";

noLeftovers();

const talker = new URL("programs/talker.mjs", import.meta.url);
const frozen = ({ pid }: { readonly pid: number }) => threadStates(pid).every((state) => state === "T");
const going = ({ pid }: { readonly pid: number }) => threadStates(pid).every((state) => state !== "T");
/** A span that a test does not wait for. */
const endless = [600_000, 600_000] as const;

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.close());

async function talkers(...names: string[]): Promise<HarnessProcess[]> {
  const all = names.map((name) => harness.spawn(talker, { name }));
  await Promise.all(all.map((child) => child.line("ready")));
  return all;
}

async function end(...children: readonly HarnessProcess[]): Promise<void> {
  await Promise.all(children.map((child) => child.kill()));
}

describe("chaos among processes", () => {
  it("kills one after the other, each known anew at each step, and says whom", async () => {
    const children = await talkers("a", "b", "c");
    await using chaos = new Chaos();
    const targets = () => children.filter(({ exit }) => !exit);
    await chaos.run({ targets, actions: { kill: 1 }, every: 5, until: () => targets().length === 0 });
    for (const child of children) expect(child.exit).toEqual({ code: null, signal: "SIGKILL" });
    expect(chaos.events.map(({ victim }) => victim).sort()).toEqual(["a", "b", "c"]);
    expect(chaos.events.every(({ action, lasts }) => action === "kill" && lasts === 0)).toBe(true);
  });

  it("freezes for a while", async () => {
    const [child] = await talkers("a");
    await using chaos = new Chaos();
    let stood = false;
    const run = chaos.run({
      targets: () => [child!],
      actions: { freeze: 1 },
      every: 20,
      freezeFor: [50, 100],
      until: () => chaos.events.length >= 3 && stood,
    });
    await waitUntil(() => frozen(child!), { what: "a freeze" });
    stood = true;
    await run;
    await child!.send("hello");
    await child!.line("heard hello");
    expect(chaos.events.every(({ lasts }) => lasts >= 50 && lasts <= 100)).toBe(true);
    await end(child!);
  });

  it("lets one go on when its time is over, while the run goes on", async () => {
    const [child] = await talkers("a");
    await using chaos = new Chaos();
    const run = chaos.run({
      targets: () => [child!],
      actions: { freeze: 1 },
      every: 200,
      freezeFor: [1, 1],
      for: 60_000,
    });
    await waitUntil(() => chaos.events.length > 0, { what: "the freeze" });
    await waitUntil(() => going(child!), { what: "its end" });
    await chaos.close();
    await run;
    await end(child!);
  });

  it.each([
    ["its condition is met", {}, undefined],
    ["its signal aborts", { code: "ERR_CANCELLED" }, "abort"],
    ["what it asks for targets throws", { message: "no more" }, "throw"],
    ["it is closed", {}, "close"],
  ])("leaves nobody frozen when %s", async (_, failure, how) => {
    const children = await talkers("a", "b");
    const chaos = new Chaos();
    const aborter = new AbortController();
    const allStand = () => children.every(frozen);
    const run = chaos.run({
      targets: () => {
        if (how === "throw" && allStand()) throw new Error("no more");
        return children;
      },
      actions: { freeze: 1 },
      every: 5,
      freezeFor: endless,
      until: () => how === undefined && allStand(),
      signal: aborter.signal,
    });
    const outcome = run.then(
      () => ({}),
      (error: unknown) => error,
    );
    await waitUntil(() => how === undefined || how === "throw" || allStand(), { what: "both to stand" });
    if (how === "abort") aborter.abort();
    if (how === "close") await chaos.close();
    expect(await outcome).toMatchObject(failure);
    await waitUntil(() => children.every(going), { what: "both to go on" });
    await end(...children);
  });

  it("kills what it froze", async () => {
    const [child] = await talkers("a");
    const actions = { freeze: 5, kill: 1 };
    const freezesFirst = (seed: number) =>
      chaosPlan({ seed, actions, every: 5 }).next().value.action === "freeze";
    const seed = Array.from({ length: 50 }, (_, each) => each).find(freezesFirst);
    await using chaos = new Chaos({ seed });
    const targets = () => [child!].filter(({ exit }) => !exit);
    await chaos.run({
      targets,
      actions,
      every: 5,
      freezeFor: endless,
      until: () => child!.exit !== undefined,
    });
    expect(chaos.events.map(({ action }) => action)).toEqual(["freeze", "kill"]);
    expect(await child!.exited).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("leaves nobody frozen when it is killed itself", async () => {
    const program = harness.spawn(new URL("programs/freezer.mjs", import.meta.url));
    const pid = Number((await program.line(/froze (\d+)/))[1]);
    await program.kill();
    await waitUntil(() => !isProcessAlive({ pid, startTime: 0 }), { what: "the frozen child to be gone" });
  });

  it("comes over children of its children too", async () => {
    const parent = harness.spawn(talker, { args: ["orphan"] });
    const pid = Number((await parent.line(/orphan (\d+)/))[1]);
    await parent.line("ready");
    await using chaos = new Chaos();
    const lives = () => isProcessAlive({ pid, startTime: 0 });
    await chaos.run({
      targets: () => [{ name: "child", pid }],
      actions: { kill: 1 },
      every: 5,
      until: () => !lives(),
    });
    expect(lives()).toBe(false);
    await end(parent);
  });

  it("passes over those that have ended, until there is somebody", async () => {
    const [early] = await talkers("a");
    await end(early!);
    await using chaos = new Chaos();
    let looks = 0;
    await chaos.run({
      targets: () => (looks++, [early!]),
      actions: { kill: 1, cut: 1 },
      every: 1,
      until: () => looks > 20,
    });
    expect(chaos.events).toEqual([]);
  });
});

describe("chaos refuses", () => {
  it.each([
    ["its own process", process.pid],
    ["its parent", process.ppid],
    ["the first process", 1],
  ])("%s, whatever was drawn, and leaves the others in peace", async (_, pid) => {
    const children = await talkers("a", "b");
    await using chaos = new Chaos();
    const targets = () => [...children, { name: "other", pid }];
    await expect(chaos.run({ targets, actions: { kill: 1 }, every: 1, for: 60_000 })).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining(`other (pid ${pid})`),
    });
    expect(chaos.events).toEqual([]);
    expect(children.every(({ exit }) => exit === undefined)).toBe(true);
    await end(...children);
  });

  it("a process of another family", async () => {
    const stranger = spawn("/bin/sh", ["-c", "sleep 600 & echo $!"], { stdio: ["ignore", "pipe", "ignore"] });
    const [text] = (await once(stranger.stdout, "data")) as [Buffer];
    const pid = Number(text.toString());
    // The sleeper's parent is gone as soon as the shell is.
    await waitUntil(() => stranger.exitCode === 0, { what: "the shell to end" });
    await using chaos = new Chaos();
    await expect(
      chaos.run({ targets: () => [{ name: "sleeper", pid }], actions: { kill: 1 }, every: 1, for: 60_000 }),
    ).rejects.toMatchObject({ code: "ERR_CONFIG" });
    process.kill(pid, "SIGKILL");
    stranger.stdout.destroy();
  });

  it("a run without an end, or of a wrong length, or after it was closed", async () => {
    const chaos = new Chaos();
    const options = { targets: () => [], actions: { kill: 1 }, every: 10 };
    await expect(chaos.run(options)).rejects.toMatchObject({ code: "ERR_CONFIG" });
    await expect(chaos.run({ ...options, for: -1 })).rejects.toMatchObject({ code: "ERR_CONFIG" });
    await expect(chaos.run({ ...options, every: 0, for: 1 })).rejects.toMatchObject({ code: "ERR_CONFIG" });
    await chaos.close();
    await chaos.close();
    await expect(chaos.run({ ...options, for: 1 })).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });
});

describe("chaos among links", () => {
  let server: Server;
  const clients: Socket[] = [];
  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on("error", () => {});
      socket.pipe(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    server.close();
    await once(server, "close");
  });

  function open(): Promise<CuttableLink> {
    return harness.cuttable(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  function client({ url }: CuttableLink): Socket {
    const socket = connect(Number(new URL(url).port), "127.0.0.1").setEncoding("utf8");
    socket.on("error", () => {});
    clients.push(socket);
    return socket;
  }

  async function echo(socket: Socket, text: string): Promise<void> {
    const answer = once(socket, "data");
    socket.write(text);
    expect(await answer).toEqual([text]);
  }

  it("cuts one, and mends it: what was sent meanwhile arrives", async () => {
    const link = await open();
    const socket = client(link);
    await echo(socket, "before");
    await using chaos = new Chaos();
    let sent: Promise<void> | undefined;
    await chaos.run({
      targets: () => [{ name: "link", link }],
      actions: { cut: 1 },
      every: 5,
      cutFor: endless,
      until: () => {
        if (chaos.events.length > 0) sent ??= echo(socket, "meanwhile");
        return sent !== undefined;
      },
    });
    await sent;
    expect(chaos.events).toMatchObject([{ action: "cut", victim: "link" }]);
  });

  it("resets one, and mends it: who comes again is welcome", async () => {
    const link = await open();
    const socket = client(link);
    await echo(socket, "before");
    await using chaos = new Chaos();
    await chaos.run({
      targets: () => [{ name: "link", link }],
      actions: { reset: 1 },
      every: 5,
      cutFor: endless,
      until: () => socket.destroyed,
    });
    await echo(client(link), "after");
  });

  it("gives each action to those that it suits", async () => {
    const link = await open();
    const [child] = await talkers("process");
    await using chaos = new Chaos();
    const did = (action: string) => chaos.events.some((event) => event.action === action);
    await chaos.run({
      targets: () => [{ name: "link", link }, child!],
      actions: { cut: 1, freeze: 1 },
      every: 2,
      cutFor: [0, 1],
      freezeFor: [0, 1],
      until: () => did("cut") && did("freeze"),
    });
    for (const { action, victim } of chaos.events) expect(victim).toBe(action === "cut" ? "link" : "process");
    await end(child!);
  });
});

describe("the seed of chaos", () => {
  it("decides who suffers, in which order", async () => {
    const order = async (seed: number) => {
      const children = await talkers("a", "b", "c", "d", "e");
      await using chaos = new Chaos({ seed });
      const targets = () =>
        children.filter(({ name }) => chaos.events.every(({ victim }) => victim !== name));
      await chaos.run({ targets, actions: { kill: 1 }, every: 2, until: () => targets().length === 0 });
      await Promise.all(children.map(({ exited }) => exited));
      return chaos.events.map(({ victim }) => victim);
    };
    const first = await order(42);
    expect(first).toHaveLength(5);
    expect(await order(42)).toEqual(first);
  });

  it("gives each run a sequence of its own", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const links = await Promise.all(
      names.map(async (name) => ({ name, link: await harness.cuttable("tcp://127.0.0.1:9") })),
    );
    await using chaos = new Chaos({ seed: 7 });
    const tenMore = () => {
      const end = chaos.events.length + 10;
      const targets = () => links;
      return chaos.run({
        targets,
        actions: { cut: 1 },
        every: 2,
        cutFor: [0, 0],
        until: () => chaos.events.length === end,
      });
    };
    await tenMore();
    await tenMore();
    const victims = chaos.events.map(({ victim }) => victim);
    expect(victims.slice(10)).not.toEqual(victims.slice(0, 10));
  });

  it("is taken from the environment, and is another each time without", () => {
    vi.stubEnv("TROUPE_CHAOS_SEED", "4711");
    expect(new Chaos().seed).toBe(4711);
    expect(new Chaos({ seed: 5 }).seed).toBe(5);
    vi.stubEnv("TROUPE_CHAOS_SEED", "many");
    expect(() => new Chaos()).toThrow(/TROUPE_CHAOS_SEED must be a whole number/);
    vi.stubEnv("TROUPE_CHAOS_SEED", undefined);
    expect(new Chaos().seed).not.toBe(new Chaos().seed);
    vi.unstubAllEnvs();
  });
});
