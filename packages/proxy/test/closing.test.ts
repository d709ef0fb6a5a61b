import { Harness, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Proxy } from "../src/index.js";
import {
  exchange,
  failureOf,
  LocalGroup,
  receiveMany,
  recordingLogger,
  registryOf,
  spawnMember,
} from "./fixtures.js";

noLeftovers();

describe("close", () => {
  it("may be called any number of times, at once or later", async () => {
    await using group = new LocalGroup();
    const member = await group.join("worker");
    await Promise.all([member.close(), member.close(), member[Symbol.asyncDispose]()]);
    await member.close();
  });

  it("ends all waits at once: requests, collects and sends with ERR_CLOSED, receives quietly", async () => {
    await using group = new LocalGroup();
    const limits = { outbound: 4096, inbound: 4096 };
    const silent = await group.join("silent", { limits });
    const member = await group.join("member", { limits, peers: { silent: 1 } });
    const session = await member.send("silent-0", { type: "n" });
    const waits = [
      member.request("silent-0", { type: "n" }, { timeout: Infinity }),
      member.scatter([{ to: "silent-0", type: "n" }]),
      member.ask("silent", { type: "n" }),
      member.collect(session),
      Promise.all(
        Array.from({ length: 100 }, () => member.send("silent-0", { type: "n", body: "x".repeat(1000) })),
      ),
      member.request("member-0", { type: "never answered" }),
    ].map(failureOf);
    const loop = (async () => {
      for await (const _ of member.receive());
      return "quiet";
    })();
    await waitUntil(() => silent.stats().bytes >= 4096, { what: "the link to be full" });
    const closing = member.close();
    for (const wait of waits) expect((await wait).code).toBe("ERR_CLOSED");
    expect(await loop).toBe("quiet");
    expect(member.stats().pending).toBe(0);
    // What was accepted still waits for the silent one; that it leaves ends that too.
    await silent.close();
    await closing;
    expect(member.stats().lost).toBeGreaterThan(0);
  });

  it("refuses what comes after it with ERR_CLOSED", async () => {
    await using group = new LocalGroup();
    const other = await group.join("other");
    const member = await group.join("member", { peers: { other: 1 } });
    await other.send("member-0", { type: "n" });
    const message = (await member.receiveOnce())!;
    const session = await member.send("other-0", { type: "n" });
    await member.close();
    const calls = [
      member.send("other-0", { type: "n" }),
      member.send("member-0", { type: "n" }),
      member.request("other-0", { type: "n" }),
      member.scatter([]),
      member.broadcast("nobody", { type: "n" }),
      member.ask("nobody", { type: "n" }),
      member.collect(session),
      member.reply(message),
      member.reject(message, new Error("no")),
      member.forward(message, "other-0"),
    ];
    for (const call of calls) expect((await failureOf(call)).code).toBe("ERR_CLOSED");
  });

  it("sends what was accepted before: a process that sends 1000 messages and ends is heard in full", async () => {
    await using harness = await Harness.start();
    await using runner = await Proxy.join({
      group: "test",
      component: "runner",
      registry: registryOf(harness),
    });
    const sender = harness.spawn(new URL("programs/sender.mjs", import.meta.url), {
      args: ["runner-0", "1000"],
    });
    const messages = await receiveMany(runner, 1000);
    expect(messages.map(({ body }) => body)).toEqual(Array.from({ length: 1000 }, (_, number) => number));
    // By itself; and the harness looks for what it left.
    expect(await sender.exited).toEqual({ code: 0, signal: null });
    await waitUntil(() => runner.peers.size === 0, { what: "the sender to be gone" });
  });

  it("comes after the last answers: who asked gets them, and not ERR_PEER_LEFT", async () => {
    await using group = new LocalGroup();
    const asker = await group.join("asker");
    for (let round = 0; round < 20; round++) {
      const worker = await group.join("worker", { peers: { asker: 1 } });
      const asked = asker.request("worker-0", { type: "question" });
      await worker.reply((await worker.receiveOnce())!, { body: round });
      await worker.close();
      expect((await asked).body).toBe(round);
    }
  });

  it("does not wait for a peer that closes too", async () => {
    await using group = new LocalGroup();
    const members = await Promise.all([0, 1, 2, 3].map(() => group.join("worker")));
    const sends = members.flatMap((member) =>
      members.map((peer) => member.send(peer.name, { type: "n" }).catch(() => undefined)),
    );
    await Promise.all(sends);
    const started = performance.now();
    await Promise.all(members.map((member) => member.close()));
    console.log(
      `4 members that had sent to each other closed in ${Math.round(performance.now() - started)} ms`,
    );
    expect(members.map((member) => member.stats().pending)).toEqual([0, 0, 0, 0]);
  });

  it("of a frozen registry's clients ends all the same", async () => {
    await using harness = await Harness.start();
    const host = spawnMember(harness, { component: "host" });
    await host.line("joined");
    const log = recordingLogger();
    const member = await Proxy.join({
      group: "test",
      component: "member",
      registry: registryOf(harness),
      log,
    });
    await host.freeze();
    await member.close();
    await host.kill();
  });
});

describe("a listener that throws", () => {
  it("is logged, and the proxy goes on", async () => {
    await using group = new LocalGroup();
    const member = await group.joinEcho("member");
    for (const event of ["peer-joined", "peer-left", "peer-rejoined"] as const) {
      member.on(event, () => {
        throw new Error(`a bad ${event} listener`);
      });
    }
    const guest = await group.join("guest");
    await exchange(guest, "member-0", 1);
    await guest.close();
    const again = await group.join("guest");
    await exchange(again, "member-0", 1);
    await waitUntil(() => group.log.errors.length === 3, { what: "three complaints" });
    expect(group.log.errors.map(({ fields }) => (fields as { event: string }).event)).toEqual([
      "peer-joined",
      "peer-left",
      "peer-rejoined",
    ]);
  });
});

describe("stats", () => {
  it("count what arrived, what waits and what was lost", async () => {
    await using group = new LocalGroup();
    const a = await group.join("a");
    const b = await group.join("b", { peers: { a: 1 } });
    for (let n = 0; n < 3; n++) await b.send("a-0", { type: "n" });
    await waitUntil(() => a.stats().inbox === 3, { what: "three messages" });
    const { packets, messages, bytes } = a.stats();
    expect(packets).toBeGreaterThan(1);
    // The three, and the hello.
    expect(messages).toBe(4);
    expect(bytes).toBeGreaterThan(messages);
    const asked = a.request("b-0", { type: "question" });
    expect(a.stats()).toMatchObject({ pending: 1, malformed: 0, lost: 0, late: 0 });
    await b.reply((await b.receiveOnce())!);
    await asked;
    expect(a.stats()).toMatchObject({ pending: 0, inbox: 3 });
  });
});
