import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import type { Proxy } from "../src/index.js";
import { exchange, failureOf, LocalGroup, receiveMany } from "./fixtures.js";

noLeftovers();

const kibibyte = 1024;
const padding = "x".repeat(kibibyte);

/** Bytes of the packets that may pass the bounds: one being sent, one in ZeroMQ's hands, one just sealed. */
const slack = 3 * 64 * kibibyte;

/** Sends `count` numbered messages of 1 KiB one after the other; tells how many were accepted so far. */
function flood(from: Proxy, to: string, count: number) {
  const progress = { accepted: 0, done: Promise.resolve() };
  progress.done = (async () => {
    for (; progress.accepted < count; progress.accepted++) {
      await from.send(to, { type: "flood", body: { number: progress.accepted, padding } });
    }
  })();
  return progress;
}

const numbers = (messages: readonly { readonly body: unknown }[]) =>
  messages.map(({ body }) => (body as { number: number }).number);
const range = (count: number) => Array.from({ length: count }, (_, number) => number);

describe("a receiver that does not receive", () => {
  it("makes its sender wait, with no more in memory than the limits say; then all arrives in order", async () => {
    await using group = new LocalGroup();
    const limits = { outbound: 64 * kibibyte, inbound: 128 * kibibyte };
    const sender = await group.joinEcho("sender", { limits });
    const receiver = await group.join("receiver", { limits, peers: { sender: 1 } });
    const count = 2000;
    const progress = flood(sender, "receiver-0", count);
    await waitUntil(() => receiver.stats().bytes >= limits.inbound, { what: "the receiver to be full" });
    await exchange(receiver, "sender-0");
    const accepted = progress.accepted;
    await exchange(receiver, "sender-0");
    expect(progress.accepted).toBe(accepted);
    expect(accepted * kibibyte).toBeLessThan(limits.outbound + limits.inbound + slack);

    expect(numbers(await receiveMany(receiver, count))).toEqual(range(count));
    await progress.done;
  });

  it("does not make others wait", async () => {
    await using group = new LocalGroup();
    const limits = { outbound: 16 * kibibyte, inbound: 16 * kibibyte };
    const sender = await group.join("sender", { limits });
    const stuck = await group.join("stuck", { limits });
    await group.joinEcho("quick", { limits });
    const progress = flood(sender, "stuck-0", 500);
    await waitUntil(() => stuck.stats().bytes >= limits.inbound, { what: "the one to be full" });
    await exchange(sender, "quick-0", 100);
    expect(progress.accepted).toBeLessThan(500);
    await receiveMany(stuck, 500);
    await progress.done;
  });

  it("may be oneself", async () => {
    await using group = new LocalGroup();
    const limits = { outbound: 64 * kibibyte, inbound: 64 * kibibyte };
    const self = await group.join("self", { limits });
    const echo = await group.joinEcho("echo");
    const progress = flood(self, "self-0", 1000);
    await waitUntil(() => self.stats().bytes >= limits.inbound, { what: "it to be full" });
    await exchange(self, echo.name);
    expect(progress.accepted * kibibyte).toBeLessThan(limits.outbound + limits.inbound + slack);
    expect(numbers(await receiveMany(self, 1000))).toEqual(range(1000));
    await progress.done;
  });
});

describe("a send that waits for room", () => {
  /** A sender whose link to the receiver is full, and the messages that filled it. */
  async function full(
    group: LocalGroup,
  ): Promise<[sender: Proxy, receiver: Proxy, filled: Promise<unknown>]> {
    const limits = { outbound: 16 * kibibyte, inbound: 16 * kibibyte };
    const sender = await group.join("sender", { limits });
    const receiver = await group.join("receiver", { limits, peers: { sender: 1 } });
    const progress = flood(sender, "receiver-0", 100);
    await waitUntil(() => receiver.stats().bytes >= limits.inbound, { what: "the receiver to be full" });
    return [sender, receiver, progress.done];
  }

  it("ends by its timeout or signal, and then was not sent", async () => {
    await using group = new LocalGroup();
    const [sender, receiver, filled] = await full(group);
    const controller = new AbortController();
    const late = failureOf(sender.send("receiver-0", { type: "late" }, { timeout: 20 }));
    const cancelled = failureOf(sender.send("receiver-0", { type: "late" }, { signal: controller.signal }));
    const request = failureOf(sender.request("receiver-0", { type: "late" }, { timeout: 20 }));
    expect((await late).code).toBe("ERR_TIMEOUT");
    expect((await request).code).toBe("ERR_TIMEOUT");
    controller.abort();
    expect((await cancelled).code).toBe("ERR_CANCELLED");
    const last = sender.send("receiver-0", { type: "last" });
    const messages = await receiveMany(receiver, 101);
    await Promise.all([filled, last]);
    expect(messages.map(({ type }) => type).filter((type) => type !== "flood")).toEqual(["last"]);
  });

  it("keeps its turn, and what its body was at the call", async () => {
    await using group = new LocalGroup();
    const [sender, receiver, filled] = await full(group);
    const body = { number: 0 };
    const sends: Promise<unknown>[] = [];
    for (let number = 0; number < 50; number++) {
      body.number = number;
      sends.push(sender.send("receiver-0", { type: "turn", body }));
    }
    body.number = -1;
    // More are sent the moment that there is room, by other code.
    const turns = receiver.receive();
    const seen: number[] = [];
    let next = 50;
    for (let received = 0; received < 250; received++) {
      const { value } = await turns.next();
      if (next < 150) sends.push(sender.send("receiver-0", { type: "turn", body: { number: next++ } }));
      if (value.type === "turn") seen.push((value.body as { number: number }).number);
    }
    await Promise.all([filled, ...sends]);
    expect(seen).toEqual(range(150));
  });

  it("rejects when its peer leaves", async () => {
    await using group = new LocalGroup();
    const [sender, receiver, filled] = await full(group);
    const failed = failureOf(filled);
    const waiting = failureOf(sender.send("receiver-0", { type: "late" }));
    await receiver.close();
    expect((await waiting).code).toBe("ERR_PEER_LEFT");
    expect((await failed).code).toBe("ERR_PEER_LEFT");
    expect(sender.stats().lost).toBeGreaterThan(0);
  });
});

describe("two members", () => {
  it("that flood each other with requests, and reply before they receive more, both get their replies", async () => {
    await using group = new LocalGroup();
    const limits = { outbound: 8 * kibibyte, inbound: 8 * kibibyte };
    const left = await group.joinEcho("left", { limits });
    const right = await group.joinEcho("right", { limits, peers: { left: 1 } });
    const ask = (from: Proxy, to: string) =>
      Promise.all(range(500).map((number) => from.request(to, { type: "echo", body: { number, padding } })));
    const [there, back] = await Promise.all([ask(left, "right-0"), ask(right, "left-0")]);
    expect(numbers(there)).toEqual(range(500));
    expect(numbers(back)).toEqual(range(500));
  });
});

describe("a message over the limit", () => {
  it.each([
    ["text", "x".repeat(20 * kibibyte)],
    ["a typed array", new Float64Array(2 * kibibyte + 512)],
  ])("of %s is ERR_MESSAGE_TOO_LARGE, and nothing else is lost", async (_, body) => {
    await using group = new LocalGroup();
    const limits = { message: 16 * kibibyte };
    const a = await group.join("a", { limits });
    const b = await group.joinEcho("b", { limits, peers: { a: 1 } }, () => body);
    const c = await group.join("c", { limits, peers: { a: 1 } });
    await a.send("c-0", { type: "n", body: 1 });
    const error = await failureOf(a.send("c-0", { type: "n", body }));
    expect(error.code).toBe("ERR_MESSAGE_TOO_LARGE");
    await a.send("c-0", { type: "n", body: 2 });
    expect((await receiveMany(c, 2)).map((message) => message.body)).toEqual([1, 2]);
    expect((await failureOf(a.request(b.name, { type: "echo", body }))).code).toBe("ERR_MESSAGE_TOO_LARGE");
    expect(a.stats().pending).toBe(0);
  });

  it("counts by the smaller of the two members' limits", async () => {
    await using group = new LocalGroup();
    const small = await group.join("small", { limits: { message: 16 * kibibyte } });
    const large = await group.join("large", { peers: { small: 1 } });
    const body = "x".repeat(20 * kibibyte);
    expect((await failureOf(large.send("small-0", { type: "n", body }))).code).toBe("ERR_MESSAGE_TOO_LARGE");
    await large.send("large-0", { type: "n", body });
    await large.send("small-0", { type: "n", body: "fits" });
    expect((await small.receiveOnce())?.body).toBe("fits");
  });
});

describe("a body that cannot be sent", () => {
  class Account {
    balance = 1;
    deposit() {
      this.balance++;
    }
  }
  const cycle: Record<string, unknown> = { name: "loop" };
  cycle["again"] = { of: cycle };

  const bodies: [what: string, body: unknown, path: string][] = [
    ["a function", () => 1, "body"],
    ["a function inside", { items: [1, { then: () => 1 }] }, "body.items[1].then"],
    ["a symbol", { mark: Symbol("x") }, "body.mark"],
    ["an instance with methods", { account: new Account() }, "body.account"],
    ["a cycle", cycle, "body.again.of"],
    ["a promise", { later: Promise.resolve(1) }, "body.later"],
  ];
  it.each(bodies)("for %s is ERR_NOT_SERIALIZABLE with the path to it", async (_, body, path) => {
    await using group = new LocalGroup();
    const a = await group.join("a");
    const b = await group.join("b", { peers: { a: 1 } });
    await a.send("b-0", { type: "n", body: "before" });
    const sends = [
      a.send("b-0", { type: "n", body }),
      a.request("b-0", { type: "n", body }),
      a.broadcast("b", { type: "n", body }),
      a.send("a-0", { type: "n", body }),
    ];
    for (const sent of sends) {
      const error = await failureOf(sent);
      expect(error.code).toBe("ERR_NOT_SERIALIZABLE");
      expect(error.details["path"]).toBe(path);
      expect(error.message).toContain(path);
    }
    await a.send("b-0", { type: "n", body: "after" });
    expect((await receiveMany(b, 2)).map((message) => message.body)).toEqual(["before", "after"]);
  });
});
