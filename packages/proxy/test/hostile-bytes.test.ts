import { encode, Kind, PacketWriter, processIdentity, protocolVersion, uniqueId } from "@troupe/core";
import { openRegistry } from "@troupe/registry";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";
import { Push } from "zeromq";

import type { Proxy } from "../src/index.js";
import { exchange, failureOf, LocalGroup } from "./fixtures.js";

noLeftovers();

/** A raw socket at a member's endpoint, as anyone may have who gets that far. */
async function strangerAt(group: LocalGroup, name: string): Promise<Disposable & Pick<Push, "send">> {
  await using registry = await openRegistry(group.registry);
  const member = (await registry.members("test")).find((each) => each.name === name);
  const socket = new Push({ linger: 0 });
  socket.connect(member!.endpoint);
  return { send: (frames) => socket.send(frames), [Symbol.dispose]: () => socket.close() };
}

/** The frames of a packet of those messages. */
function packet(sender: string, messages: readonly (readonly unknown[])[]): Uint8Array[] {
  const writer = new PacketWriter(sender, 1024 * 1024);
  for (const message of messages) writer.add(message as unknown as Parameters<PacketWriter["add"]>[0]);
  return writer.take()!;
}

function hello(overrides: object = {}, link = 1): readonly unknown[] {
  const member = {
    name: "stranger",
    component: "stranger",
    endpoint: "ipc:///nowhere/at-all.sock",
    incarnation: "stranger-1",
    process: processIdentity(),
    meta: {},
    ...overrides,
  };
  return [Kind.system, 0, "hello", { versions: [protocolVersion], member, link }];
}

const note = (id: number, body: unknown = "x") => [Kind.group, id, "note", null, null, null, null, body];

/** Random numbers that are the same in every run (mulberry32). */
function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below) | 0;
  };
}

/** One change of the frames: a byte changed, a frame cut short, a frame more, or something else altogether. */
function mutated(frames: readonly Uint8Array[], below: (limit: number) => number): Buffer[] {
  const copies = frames.map((frame) => Buffer.from(frame));
  const index = below(copies.length);
  const frame = copies[index]!;
  switch (below(5)) {
    case 0:
    case 1:
      for (let changes = 1 + below(3); changes > 0; changes--) frame[below(frame.length)] = below(256);
      return copies;
    case 2:
      copies[index] = frame.subarray(0, below(frame.length));
      return copies;
    case 3:
      return [...copies, frame];
    default:
      return [Buffer.from(Array.from({ length: below(64) }, () => below(256)))];
  }
}

async function drained(member: Proxy): Promise<void> {
  while (await member.receiveOnce({ timeout: 0 }));
}

/** Members a and b that know each other; b replies to what a asks, and drops the rest. */
async function pair(group: LocalGroup): Promise<[Proxy, Proxy]> {
  const b = await group.join("b");
  void (async () => {
    for await (const message of b.receive()) {
      if (message.type === "echo" && message.source === "a-0") await b.reply(message, { body: message.body });
    }
  })();
  return [await group.join("a", { peers: { b: 1 } }), b];
}

describe("bytes from anyone", () => {
  it("100,000 random, truncated and altered packets are counted, and good messages go on", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    using stranger = await strangerAt(group, "b-0");
    const below = random(7);
    const bytes = new Float32Array(300).fill(1);
    const good = [
      packet("stranger-1", [hello(), note(1), note(2, { list: [1, "two", null], bytes })]),
      packet("stranger-1", [note(3), [Kind.group, 4, "reply", "a-0", "b-0", "s", 3, new Error("x")]]),
      packet("stranger-1", [
        [Kind.error, 1, new RangeError("no")],
        [Kind.system, 5, "credit", { link: 1, consumed: 9 }],
      ]),
    ];
    const count = 100_000;
    await exchange(a, "b-0", 1);
    const before = b.stats().packets;
    for (let sent = 0; sent < count; sent++) {
      await stranger.send(mutated(good[below(good.length)]!, below));
      if (sent % 10_000 === 0) await exchange(a, "b-0", 1);
    }
    await waitUntil(() => b.stats().packets >= before + count, { what: "all packets to be read" });
    await exchange(a, "b-0");
    expect(b.stats().malformed).toBeGreaterThan(count / 4);
    expect(group.log.warnings.length).toBeGreaterThan(0);
    expect(group.log.warnings.length).toBeLessThan(5);
    expect(group.log.errors).toEqual([]);
    expect(b.peers.get("a")).toEqual(["a-0"]);
  });

  it("of another protocol version are counted, and the log says which", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    using stranger = await strangerAt(group, "b-0");
    await stranger.send(encode([99, "stranger-1", [note(1)]]));
    await waitUntil(() => b.stats().malformed === 1, { what: "the packet" });
    const { message } = group.log.warnings[0]!;
    expect(message).toContain("99");
    expect(message).toContain(String(protocolVersion));
    await exchange(a, "b-0", 1);
  });

  it("of a sender that did not say hello are no messages", async () => {
    await using group = new LocalGroup();
    const b = await group.join("b");
    using stranger = await strangerAt(group, "b-0");
    await stranger.send(packet("stranger-1", [note(1)]));
    await stranger.send(packet("stranger-1", [[Kind.system, 1, "credit", { link: 1, consumed: 1 }]]));
    await stranger.send(packet("stranger-1", [hello(), note(2)]));
    expect((await b.receiveOnce())?.id).toBe(2);
    expect(b.stats()).toMatchObject({ malformed: 2, inbox: 0 });
  });

  it("in a frame over the limit end that connection only", async () => {
    await using group = new LocalGroup();
    const b = await group.join("b", { limits: { message: 16 * 1024 } });
    const a = await group.join("a", { peers: { b: 1 } });
    using stranger = await strangerAt(group, "b-0");
    await stranger.send(packet("stranger-1", [hello(), note(1)]));
    expect((await b.receiveOnce())?.source).toBe("stranger");
    await stranger.send(Buffer.alloc(4 * 1024 * 1024));
    await stranger.send(packet("stranger-1", [note(2)]));
    await a.send("b-0", { type: "note", body: "good" });
    const seen: unknown[] = [];
    while (!seen.includes("good")) seen.push((await b.receiveOnce())?.body);
    expect(b.stats().malformed).toBe(0);
  });

  it("beyond the credit of their sender are not kept", async () => {
    await using group = new LocalGroup();
    const limits = { message: 16 * 1024, inbound: 16 * 1024 };
    const b = await group.join("b", { limits });
    using stranger = await strangerAt(group, "b-0");
    await stranger.send(packet("stranger-1", [hello()]));
    const count = 1500;
    for (let id = 0; id < count; id++)
      await stranger.send(packet("stranger-1", [note(id, "x".repeat(1000))]));
    await waitUntil(() => b.stats().packets === count + 1, { what: "all packets to be read" });
    const { inbox, malformed } = b.stats();
    expect(inbox + malformed).toBe(count);
    expect(inbox * 1000).toBeLessThan(2 * 1024 * 1024);
    await drained(b);
    await stranger.send(packet("stranger-1", [note(count)]));
    expect((await b.receiveOnce())?.id).toBe(count);
  });
});

describe("a hello from a stranger", () => {
  it.each([
    ["gives no endpoint", { endpoint: "no endpoint at all" }],
    ["speaks another version", { meta: { protocol: [99] } }],
    ["bears our own name", { name: "b-0" }],
    ["bears a peer's name", { name: "a-0" }],
  ])("that %s breaks nothing when its messages are received", async (_, overrides) => {
    await using group = new LocalGroup();
    const b = await group.join("b", { limits: { inbound: 16 * 1024 } });
    const a = await group.joinEcho("a", { peers: { b: 1 } });
    await exchange(b, "a-0", 1);
    using stranger = await strangerAt(group, "b-0");
    await stranger.send(packet("stranger-1", [hello(overrides)]));
    for (let id = 0; id < 20; id++) await stranger.send(packet("stranger-1", [note(id, "x".repeat(1000))]));
    for (let id = 0; id < 20; id++) expect((await b.receiveOnce())?.id).toBe(id);
    expect((await b.request(a.name, { type: "echo", body: "still here" })).body).toBe("still here");
    await a.send("b-0", { type: "note", body: "and back" });
    expect((await b.receiveOnce())?.body).toBe("and back");
    expect(group.log.errors).toEqual([]);
  });

  it("that never joins is forgotten: after a lease it cannot be sent to", async () => {
    await using group = new LocalGroup();
    const b = await group.join("b", { lease: 100 });
    using stranger = await strangerAt(group, "b-0");
    await stranger.send(packet("stranger-1", [hello(), note(1)]));
    const message = (await b.receiveOnce())!;
    const asked = failureOf(b.request("stranger", { type: "who" }, { timeout: Infinity }));
    await b.reply(message);
    expect((await asked).code).toBe("ERR_PEER_LEFT");
    expect((await failureOf(b.send("stranger", { type: "note" }))).code).toBe("ERR_PEERS_MISSING");
  });
});

describe("a member that speaks another protocol version", () => {
  it("is listed, and sending to it is ERR_PROTOCOL that names both versions", async () => {
    await using group = new LocalGroup();
    await using registry = await openRegistry(group.registry);
    const a = await group.join("a");
    await registry.join("test", {
      name: "future",
      component: "future",
      endpoint: "ipc:///nowhere/at-all.sock",
      incarnation: uniqueId(),
      process: processIdentity(),
      meta: { protocol: [98, 99] },
    });
    await waitUntil(() => a.peers.has("future"), { what: "the member" });
    for (const sent of [a.send("future", { type: "n" }), a.request("future", { type: "n" })]) {
      const error = await failureOf(sent);
      expect(error.code).toBe("ERR_PROTOCOL");
      expect(error.message).toContain("98, 99");
      expect(error.message).toContain(`speaks ${protocolVersion}`);
    }
  });
});
