import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

import { generateClusterKey } from "@troupe/core";
import { Harness, type HarnessProcess, type SpawnOptions, waitUntil } from "@troupe/testkit";
import { describe, expect, it, onTestFinished } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);
const script = fileURLToPath(new URL("programs/greet.ts", import.meta.url));
const key = generateClusterKey();
const ok = { code: 0, signal: null };

/** Types a command. */
function troupe(harness: Harness, args: readonly string[], options: SpawnOptions = {}): HarnessProcess {
  const env = { TROUPE_KEY: key, TROUPE_LOG: "silent", ...options.env };
  return harness.spawn(program, { ...options, args, env, name: `troupe ${args.join(" ")}` });
}

async function startHead(harness: Harness): Promise<[HarnessProcess, string]> {
  const head = troupe(harness, ["start", "--head", "--listen", "tcp://127.0.0.1:*", "--pools", "1"]);
  const [, address] = await head.line(/^The head is up at (\S+), with 1 pool\./);
  await head.line(/Ctrl-C/);
  return [head, address!];
}

/** What a command says, and its exit code. */
async function result(command: HarnessProcess) {
  const { code } = await command.exited;
  return { code, out: command.stdout, err: command.stderr };
}

describe("troupe start", () => {
  it("starts a head, and hosts of it, which status shows and stop ends", async () => {
    await using harness = await Harness.start();
    const [head, address] = await startHead(harness);
    const host = troupe(harness, ["start", "--address", address, "--pools", "2"]);
    await host.line(/^Joined as host-1\./);
    await head.line(/^host-1 \(.+, 2 pools\) joined\./);
    const shown = await result(troupe(harness, ["status"]));
    expect(shown).toMatchObject({ code: 0, err: "" });
    expect(shown.out).toContain(`A head runs here (pid ${head.pid}) of ${address}.`);
    expect(shown.out).toContain(`A host runs here (pid ${host.pid}) of ${address}.`);
    expect(shown.out).toMatch(/host-1 .+ cores .+ free[^]*pool-1 {2}idle {2}0 actors/);
    const facts = await result(troupe(harness, ["status", "--json", "--address", address]));
    expect(JSON.parse(facts.out)).toMatchObject({ address, hosts: [{ name: "host-0" }, { name: "host-1" }] });
    const stopped = await result(troupe(harness, ["stop"]));
    expect(stopped.out).toBe(`Stopped the host (pid ${host.pid}).\nStopped the head (pid ${head.pid}).\n`);
    for (const process of [head, host])
      expect([await process.exited, process.lines.at(-1)]).toEqual([ok, "Ended."]);
  });

  it("ends in order by Ctrl-C; its hosts end with it", async () => {
    await using harness = await Harness.start();
    const [head, address] = await startHead(harness);
    const host = troupe(harness, ["start", "--address", address, "--pools", "0"]);
    await host.line(/^Joined/);
    expect(await head.kill("SIGINT")).toEqual(ok);
    expect([await host.exited, host.lines.at(-1)]).toEqual([ok, "Ended."]);
  });

  it("says what is wrong, with an exit code", async () => {
    await using harness = await Harness.start();
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const at = `tcp://127.0.0.1:${port}`;
    const none = { TROUPE_KEY: undefined };
    const cases: [string[], NonNullable<SpawnOptions["env"]>, number, RegExp][] = [
      [["start", "--head", "--listen", at], {}, 1, /ERR_CONFIG: Cannot listen at .*another process/],
      [["start", "--head"], none, 1, /ERR_CONFIG: .*needs a key.*troupe keygen/],
      [["start", "--address", "tcp://127.0.0.1:1"], none, 1, /ERR_CONFIG: .*needs a key/],
      [["start", "--address", "tcp://127.0.0.1:1"], {}, 1, /ERR_PEERS_MISSING: No cluster .*tcp:\/\/127/],
      [["start", "--address", "nowhere"], {}, 1, /ERR_CONFIG: "nowhere" is no address/],
      [["start"], {}, 2, /either --head or --address/],
      [["start", "--head", "--port", "x"], {}, 2, /must be a number from 0 to 65535/],
      [["start", "--head", "--key-file", "none.key"], {}, 1, /ERR_CONFIG: .*none\.key/],
      [["walk"], {}, 2, /unknown command/],
    ];
    const results = cases.map(([args, env]) => result(troupe(harness, args, { env })));
    for (const [at, each] of (await Promise.all(results)).entries()) {
      const [args, , code, message] = cases[at]!;
      expect([args, each.code, each.err]).toEqual([args, code, expect.stringMatching(message)]);
    }
  });
});

describe("troupe run", () => {
  it("runs TypeScript in the cluster that stands, with arguments and exit code", async () => {
    await using harness = await Harness.start();
    const [head, address] = await startHead(harness);
    // The key is known on this machine.
    const env = { TROUPE_KEY: undefined };
    const greeted = await result(troupe(harness, ["run", script, "greet", "Ada"], { env }));
    expect(greeted).toEqual({ code: 0, err: "", out: `hello Ada from host-0 of ${address}\n` });
    const args = await result(troupe(harness, ["run", script, "args", "--address", "-x", "a b"]));
    expect(args).toEqual({ code: 0, err: "", out: '["--address","-x","a b"]\n' });
    expect(await result(troupe(harness, ["run", script, "fail"]))).toMatchObject({ code: 7 });
    await head.stop();
  });

  it("runs it in a cluster of its own where none stands", async () => {
    await using harness = await Harness.start();
    const alone = await result(troupe(harness, ["run", script, "greet"]));
    expect(alone).toEqual({ code: 0, err: "", out: "hello you from host-0 of its own\n" });
  });

  it("passes signals on, and says that there is no such program", async () => {
    await using harness = await Harness.start();
    const [head] = await startHead(harness);
    const waiting = troupe(harness, ["run", script, "wait"]);
    await waiting.line(/^hello/);
    expect(await waiting.kill("SIGTERM")).toEqual({ code: 130, signal: null });
    const missing = await result(troupe(harness, ["run", "missing.ts"]));
    expect(missing).toMatchObject({
      code: 1,
      err: expect.stringContaining("no program missing.ts") as string,
    });
    await head.stop();
  });
});

describe("troupe ps", () => {
  it("shows the actors of the cluster, and with --slow those that run one call for long", async () => {
    await using harness = await Harness.start();
    const [head] = await startHead(harness);
    const waiting = troupe(harness, ["run", script, "linger"]);
    await waiting.line(/^hello/);
    const shown = await result(troupe(harness, ["ps"]));
    expect(shown).toMatchObject({ code: 0, err: "" });
    expect(shown.out).toMatch(/actor .+ class .+ pool .+ pid .+ mailbox .+ runs .+ calls/);
    expect(shown.out).toMatch(/greeter-0 .+ Greeter .+ pool-0 /);
    const slow = async () => {
      const { out } = await result(troupe(harness, ["ps", "--slow", "--json"]));
      return JSON.parse(out) as { actors: { path: string; running: object[] }[]; methods: object[] };
    };
    const found = await waitUntil(
      async () => {
        const seen = await slow();
        return seen.actors.length > 0 && seen;
      },
      { what: "the actor to be slow" },
    );
    expect(found.actors).toMatchObject([{ running: [{ method: "linger" }] }]);
    expect(found.methods).toContainEqual(
      expect.objectContaining({ class: "Greeter", method: "greet", calls: 1 }),
    );
    const table = await result(troupe(harness, ["ps", "--slow"]));
    expect(table.out).toMatch(/linger for \d+ ms[^]*Greeter\.greet/);
    await waiting.kill("SIGTERM");
    await head.stop();
  });

  it("says that there is no cluster", async () => {
    await using harness = await Harness.start();
    expect(await result(troupe(harness, ["ps"]))).toMatchObject({ code: 1, err: "" });
  });
});

describe("troupe keygen, status and stop", () => {
  it("make keys that others cannot read, and do not write over one", async () => {
    await using harness = await Harness.start();
    expect((await result(troupe(harness, ["keygen"]))).out).toMatch(/^[\w-]{43}\n$/);
    expect(await result(troupe(harness, ["keygen", "a.key"]))).toMatchObject({ code: 0 });
    expect(await result(troupe(harness, ["keygen", "a.key"]))).toMatchObject({
      code: 1,
      err: expect.stringContaining("ERR_CONFIG: Cannot make a.key") as string,
    });
    const env = { TROUPE_KEY: undefined };
    const args = ["start", "--head", "--listen", "tcp://127.0.0.1:*", "--pools", "0", "--key-file", "a.key"];
    const head = troupe(harness, args, { env });
    await head.line(/^The head is up/);
    await head.stop();
  });

  it("say that nothing runs", async () => {
    await using harness = await Harness.start();
    expect(await result(troupe(harness, ["status"]))).toMatchObject({
      code: 1,
      out: expect.stringContaining("Nothing runs") as string,
    });
    expect(await result(troupe(harness, ["stop"]))).toMatchObject({
      code: 0,
      out: expect.stringContaining("Nothing runs") as string,
    });
  });

  it("do not count what was killed", async () => {
    await using harness = await Harness.start();
    const [head] = await startHead(harness);
    await head.kill();
    expect(await result(troupe(harness, ["status"]))).toMatchObject({ code: 1 });
  });
});
