import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { generateClusterKey } from "@troupe/core";
import { describeWithTwoHosts, Harness, type HarnessProcess, type Host, waitUntil } from "@troupe/testkit";
import { expect, it } from "vitest";

const run = promisify(execFile);
const program = (name: string) => new URL(`programs/${name}.mjs`, import.meta.url);
const key = generateClusterKey();
const port = 7_750;

describeWithTwoHosts("a cluster of two machines", ({ a, b }) => {
  const address = `tcp://${a.address}:${port}`;

  /** A process on that machine, with a runtime directory of its own: pids of one mean nothing on the other. */
  function spawn(harness: Harness, { under }: Host, name: string, args: readonly string[], withKey = key) {
    const env = {
      TROUPE_KEY: withKey,
      TROUPE_LOG: "silent",
      TROUPE_RUNTIME_DIR: `${harness.directory}/${name}`,
    };
    return harness.spawn(program(name), { args, env, under });
  }

  async function start(harness: Harness, lease = 10_000): Promise<Test> {
    const head = spawn(harness, a, "head", [JSON.stringify({ pools: 1, listen: address, lease })]);
    await head.line(/^at (.*)/);
    const host = spawn(harness, b, "host", [address, "1"]);
    await head.line(/^host-joined host-1/);
    const ask = async (...deed: unknown[]) => {
      await head.send(`${JSON.stringify(deed)}\n`);
      const [, answer] = await head.line(/^answer (.*)/);
      return JSON.parse(answer!) as Answer;
    };
    return { head, host, ask };
  }

  it("has pools on both, which speak to each other and to the head over tcp", async () => {
    await using harness = await Harness.start();
    const { head, host, ask } = await start(harness);
    expect(await ask("place", "pool-1")).toMatchObject({ pool: "pool-1", host: "host-1" });
    await ask("place", "pool-0");
    expect(await ask("ask", "pool-1", "add", [1, 2])).toBe(3);
    expect(await ask("route", "pool-1")).toBe("tcp");
    expect(await ask("ask", "pool-0", "ask", ["pool-1", "add", [1, 2]])).toBe(3);
    expect(await ask("ask", "pool-1", "ask", ["pool-0", "add", [1, 2]])).toBe(3);
    expect(await ask("ask", "pool-1", "brain", ["find", "worker-1"])).toMatchObject({ pool: "pool-0" });
    await ask("ask", "pool-1", "write", ["stdout", "worker-0", "hello\n"]);
    await waitUntil(() => head.lines.some((line) => /^\(worker-0 pid=\d+ host=host-1\) hello/.test(line)), {
      what: "the line",
    });
    await end(head);
    expect(await host.exited).toMatchObject({ code: 0 });
  });

  it("loses one when its agent is killed", async () => {
    await using harness = await Harness.start();
    const { head, host, ask } = await start(harness);
    await ask("place", "pool-1");
    await host.kill();
    await head.line(/^pool-died pool-1 was lost with its host host-1/);
    await head.line(/^host-left host-1/);
    expect(await ask("ask", "pool-1", "pid")).toMatchObject({ code: "ERR_ACTOR_DIED" });
    await end(head);
  });

  it("loses one that is cut off when its lease is over, and has it back when the cable is mended", async () => {
    await using harness = await Harness.start();
    const { head, host, ask } = await start(harness, 1_500);
    await ask("place", "pool-1");
    await cable(b, "down");
    await head.line(/^pool-died pool-1 was lost with its host host-1 .* nothing was heard for/);
    await head.line(/^host-left host-1/);
    await cable(b, "up");
    await head.line(/^host-joined host-2/);
    expect(await ask("place", "pool-2")).toMatchObject({ host: "host-2" });
    expect(await ask("ask", "pool-2", "add", [1, 2])).toBe(3);
    await end(head);
    await host.exited;
  });

  it("lets nobody in with another key", async () => {
    await using harness = await Harness.start();
    const head = spawn(harness, a, "head", [JSON.stringify({ pools: 0, listen: address })]);
    await head.line(/^at (.*)/);
    const stranger = spawn(harness, b, "host", [address, "1"], generateClusterKey());
    await stranger.line(/^refused ERR_UNAUTHORIZED/);
    await stranger.exited;
    await end(head);
  });
});

interface Test {
  readonly head: HarnessProcess;
  readonly host: HarnessProcess;
  ask(...deed: unknown[]): Promise<Answer>;
}

type Answer = number | string | Record<string, unknown>;

async function end(head: HarnessProcess): Promise<void> {
  await head.send('["close"]');
  await head.line(/^closed/);
  expect(await head.exited).toMatchObject({ code: 0 });
}

/** Plugs a machine's cable in, or pulls it. */
async function cable({ under }: Host, state: "up" | "down"): Promise<void> {
  const [, , , namespace] = under;
  await run("ip", ["-n", namespace!, "link", "set", "eth0", state]);
}
