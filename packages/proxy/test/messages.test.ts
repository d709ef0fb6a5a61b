import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import type { Proxy } from "../src/index.js";
import { exchange, failureOf, LocalGroup, receiveMany } from "./fixtures.js";

noLeftovers();

/** Members a and b of one group, that know each other. */
async function pair(group: LocalGroup): Promise<[Proxy, Proxy]> {
  const a = await group.join("a");
  const b = await group.join("b", { peers: { a: 1 } });
  return [a, b];
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

describe("messages from one member to another", () => {
  it("arrive in the order sent, awaited or not", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const count = 10_000;
    const sending = (async () => {
      for (let n = 0; n < count; n++) {
        const sent = a.send("b-0", { type: "n", body: n });
        if (n % 100 === 0) await sent;
      }
    })();
    const messages = await receiveMany(b, count);
    await sending;
    expect(messages.map(({ body }) => body)).toEqual(Array.from({ length: count }, (_, n) => n));
  });

  it("arrive in order also when the first is to a name that was not seen yet", async () => {
    await using group = new LocalGroup();
    const a = await group.join("a");
    const b = await group.join("b");
    const first = Array.from({ length: 5 }, (_, n) => a.send("b-0", { type: "n", body: n }));
    await waitUntil(() => a.peers.has("b"), { what: "b to be seen" });
    await Promise.all([...first, a.send("b-0", { type: "n", body: 5 })]);
    expect((await receiveMany(b, 6)).map(({ body }) => body)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("say what they are, from whom, and in which session", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const session = await a.send("b-0", { type: "hello", body: { text: "hi" } });
    const message = await b.receiveOnce();
    expect(message).toMatchObject({
      type: "hello",
      source: "a-0",
      destination: "b-0",
      session,
      body: { text: "hi" },
    });
    expect(message?.inReplyTo).toBeUndefined();
    expect(await a.send("b-0", { type: "hello", session: "training" })).toBe("training");
    expect(await b.receiveOnce()).toMatchObject({ session: "training", body: undefined });
  });

  it("hold what the body was at the call, whatever becomes of it", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const body = { list: [1, 2], array: new Float64Array(1000).fill(1) };
    for (const to of ["b-0", "a-0", "b-0"]) {
      void a.send(to, { type: "body", body });
    }
    const late = await group.join("c");
    void a.send(late.name, { type: "body", body });
    body.list.push(3);
    body.array.fill(9);
    for (const receiver of [b, a, late, b]) {
      const received = (await receiver.receiveOnce())?.body as typeof body;
      expect(received.list).toEqual([1, 2]);
      expect(received.array[999]).toBe(1);
    }
  });

  it("bring whatever structured data there is", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const body = {
      nothing: null,
      missing: undefined,
      truth: true,
      integers: [0, -1, 2 ** 31, Number.MAX_SAFE_INTEGER],
      fractions: [0.1, -0, NaN, Infinity],
      big: [2n ** 63n, -(2n ** 200n)],
      text: "Grüße \u{1f44b}",
      date: new Date("2024-02-29T12:00:00.123Z"),
      map: new Map<unknown, unknown>([
        ["a", 1],
        [2, new Set(["x", "y"])],
      ]),
      bytes: Buffer.from("bytes"),
      large: new Float32Array((1024 * 1024) / 4).map((_, index) => index),
      small: new Int16Array([1, -2]),
    };
    await a.send("b-0", { type: "body", body });
    const received = (await b.receiveOnce())?.body as typeof body;
    expect(received.large).toBeInstanceOf(Float32Array);
    expect(Buffer.compare(bytesOf(received.large), bytesOf(body.large))).toBe(0);
    expect({ ...received, large: 0 }).toEqual({ ...body, large: 0 });
    expect(Object.keys(received)).toContain("missing");
  });

  it("may be to oneself, as any others", async () => {
    await using group = new LocalGroup();
    const a = await group.join("a");
    for (let n = 0; n < 100; n++) void a.send("a-0", { type: "note", body: n });
    expect((await receiveMany(a, 100)).map(({ body }) => body)).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
    expect([...a.peers.values()].flat()).toEqual([]);

    const replying = (async () => a.reply((await a.receiveOnce())!, { body: "to myself" }))();
    expect((await a.request("a-0", { type: "question" })).body).toBe("to myself");
    await replying;
    expect((await failureOf(a.send("a-0", { type: "note", body: () => 1 }))).code).toBe(
      "ERR_NOT_SERIALIZABLE",
    );
  });

  it("need a type, and a receiver that exists", async () => {
    await using group = new LocalGroup();
    const [a] = await pair(group);
    await waitUntil(() => a.peers.has("b"), { what: "b to be seen" });
    expect((await failureOf(a.send("b-0", { type: "" }))).code).toBe("ERR_CONFIG");
    const error = await failureOf(a.send("nobody", { type: "hello" }));
    expect(error.code).toBe("ERR_PEERS_MISSING");
    expect(error.message).toContain('"nobody"');
    expect(error.message).toContain('"b-0"');
  });
});

describe("receiving", () => {
  it("gives each message to one of several receivers, first come first served", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const waiting = Promise.all([b.receiveOnce(), b.receiveOnce(), b.receiveOnce()]);
    for (const body of [0, 1, 2]) await a.send("b-0", { type: "n", body });
    expect((await waiting).map((message) => message?.body)).toEqual([0, 1, 2]);

    const count = 300;
    for (let n = 0; n < count; n++) void a.send("b-0", { type: "n", body: n });
    const seen = await Promise.all([receiveMany(b, 100), receiveMany(b, 100), receiveMany(b, 100)]);
    expect(new Set(seen.flat().map(({ body }) => body)).size).toBe(count);
  });

  it("ends when a timeout brings nothing, and can be taken up again", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    expect(await b.receiveOnce({ timeout: 10 })).toBeUndefined();
    await a.send("b-0", { type: "n", body: 1 });
    const seen: unknown[] = [];
    for await (const { body } of b.receive({ timeout: 100 })) seen.push(body);
    expect(seen).toEqual([1]);
    await a.send("b-0", { type: "n", body: 2 });
    expect((await b.receiveOnce())?.body).toBe(2);
  });

  it("ends by its signal: quietly in a loop, with ERR_CANCELLED for a single one", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const controller = new AbortController();
    const loop = (async () => {
      let count = 0;
      for await (const _ of b.receive({ signal: controller.signal })) if (++count === 2) controller.abort();
      return count;
    })();
    const once = failureOf(b.receiveOnce({ signal: AbortSignal.abort() }));
    await a.send("b-0", { type: "n" });
    await a.send("b-0", { type: "n" });
    expect(await loop).toBe(2);
    expect((await once).code).toBe("ERR_CANCELLED");

    const waiting = new AbortController();
    const late = failureOf(b.receiveOnce({ signal: waiting.signal }));
    waiting.abort();
    expect((await late).code).toBe("ERR_CANCELLED");
    // Who gave up takes no message.
    await a.send("b-0", { type: "n", body: "mine" });
    expect((await b.receiveOnce())?.body).toBe("mine");
  });

  it("ends when the proxy closes, after what had arrived", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const waiting = b.receiveOnce();
    await exchange(await group.join("c"), (await group.joinEcho("d")).name, 1);
    await a.send("b-0", { type: "n", body: 0 });
    await waiting;
    await a.send("b-0", { type: "n", body: 1 });
    await waitUntil(() => b.stats().inbox === 1, { what: "the message" });
    await b.close();
    const seen: unknown[] = [];
    for await (const { body } of b.receive()) seen.push(body);
    expect(seen).toEqual([1]);
    expect(await b.receiveOnce()).toBeUndefined();
  });
});
