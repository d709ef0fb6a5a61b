import { generateClusterKey } from "@troupe/core";
import { describeWithTwoHosts, Harness, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { curveKeyPair, Push } from "zeromq";

import { Proxy } from "../src/index.js";

const program = new URL("programs/on-host.mjs", import.meta.url);

describeWithTwoHosts("members on two hosts", ({ a, b }) => {
  const registry = `tcp://${a.address}:7700`;

  it("find each other at a tcp registry and talk over tcp, with the cluster's key", async () => {
    await using harness = await Harness.start();
    const env = { TROUPE_KEY: generateClusterKey() };
    const answerer = harness.spawn(program, { args: ["answerer", "asker", registry], env, under: a.under });
    const asker = harness.spawn(program, { args: ["asker", "answerer", registry], env, under: b.under });
    const [, sum] = await asker.line(/sum (\S+) from answerer-0/);
    expect(Number(sum)).toBeCloseTo((99_999 * 100_000) / 2 / 7, 3);
    for (const one of [asker, answerer]) {
      await one.line(/closed/);
      expect(await one.exited).toMatchObject({ code: 0 });
    }
  });

  it("do not get in with another key, and are told why", async () => {
    await using harness = await Harness.start();
    const inside = harness.spawn(program, {
      args: ["answerer", "asker", registry],
      env: { TROUPE_KEY: generateClusterKey() },
      under: a.under,
    });
    // The first to come serves the registry: the stranger may only knock once it does.
    const stranger = harness.spawn(program, {
      args: ["asker", "answerer", `tcp://${a.address}:7700`],
      env: { TROUPE_KEY: generateClusterKey() },
      under: b.under,
    });
    expect(await stranger.exited).toMatchObject({ code: 1 });
    expect(stranger.stderr).toContain("ERR_UNAUTHORIZED");
    await inside.kill();
  });

  it("cannot serve a registry to each other without a key", async () => {
    await using harness = await Harness.start();
    const alone = harness.spawn(program, {
      args: ["answerer", "asker", registry],
      env: { TROUPE_KEY: undefined },
      under: a.under,
    });
    expect(await alone.exited).toMatchObject({ code: 1 });
    expect(alone.stderr).toContain("ERR_CONFIG");
    expect(alone.stderr).toContain("TROUPE_KEY");
  });
});

describe("the endpoint for other hosts", () => {
  noLeftovers();

  it("lets nobody in whose key the cluster's key has not signed", async () => {
    const key = generateClusterKey();
    const registry = "memory:stranger";
    const address = { key, listen: "tcp://127.0.0.1:*" };
    await using member = await Proxy.join({ group: "g", component: "member", registry, ...address });
    const { openRegistry } = await import("@troupe/registry");
    await using lookup = await openRegistry(registry);
    const [listed] = await lookup.members("g");
    const meta = listed?.meta as { tcp: string; curve: { key: string } };
    const { publicKey, secretKey } = curveKeyPair();
    const stranger = new Push({
      curveServerKey: meta.curve.key,
      curvePublicKey: publicKey,
      curveSecretKey: secretKey,
      linger: 0,
    });
    onTestFinished(() => stranger.close());
    let refused = 0;
    stranger.events.on("handshake:error:auth", () => void refused++);
    stranger.connect(meta.tcp);
    await waitUntil(() => refused > 0, { what: "ZeroMQ to refuse the stranger" });
    expect(member.stats().packets).toBe(0);
  });

  it("needs a key, and an address of this machine", async () => {
    const options = { group: "g", component: "member", registry: "memory:nokey" };
    await expect(Proxy.join({ ...options, listen: "tcp://127.0.0.1:*" })).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("TROUPE_KEY") as string,
    });
    await expect(
      Proxy.join({ ...options, key: generateClusterKey(), listen: "tcp://192.0.2.1:7000" }),
    ).rejects.toMatchObject({ code: "ERR_CONFIG", message: expect.stringContaining("192.0.2.1") as string });
    await expect(Proxy.join({ ...options, key: "too short" })).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });
});
