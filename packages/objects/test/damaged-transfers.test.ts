import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Exchanges, failureOf, pattern, put, sha256, sumOf } from "./support/exchanges.js";

noLeftovers();

describe("a host that is asked for what cannot be", () => {
  const whole = { transfer: "t", object: 1 };
  const damaged: readonly (readonly [string, unknown])[] = [
    ["object-open", undefined],
    ["object-open", { transfer: "t" }],
    ["object-open", { ...whole, object: -1 }],
    ["object-open", { ...whole, object: 1.5 }],
    ["object-open", { ...whole, transfer: "x".repeat(200) }],
    ["object-chunk", { transfer: "nobody's", offset: 0, length: 1 }],
    ["object-chunk", { transfer: "t", offset: 0, length: 0 }],
    ["object-chunk", { transfer: "t", offset: -1, length: 1 }],
    ["object-chunk", { transfer: "t", offset: 2 ** 60, length: 1 }],
    ["object-chunk", new Uint8Array(5000)],
    ["copy-begin", { copy: "c", byteLength: 10, sources: [] }],
    ["copy-begin", { copy: "c", byteLength: NaN, sources: [{ host: "h", object: 1 }] }],
    ["file-offer", { transfer: "t", target: "f", byteLength: 1, mode: 0o10000 }],
    ["file-digest", { transfer: "nobody's" }],
    ["no-such-message", {}],
  ];

  it("says ERR_PROTOCOL, and serves those who ask well", async () => {
    await using group = new Exchanges();
    const { exchange, store } = await group.join();
    const object = pattern(5000);
    const key = put(store, object);
    const stranger = await group.joinImpostor("stranger", () => undefined);
    const ask = (type: string, body: unknown) => stranger.request(exchange.name, { type, body });
    for (const [type, body] of damaged)
      expect(await failureOf(ask(type, body)), `${type} ${JSON.stringify(body)}`).toMatchObject({
        code: "ERR_PROTOCOL",
      });
    expect((await ask("object-open", { transfer: "t", object: key })).body).toEqual({ byteLength: 5000 });
    // The same name twice, and bytes that the object does not have.
    expect(await failureOf(ask("object-open", { transfer: "t", object: key }))).toMatchObject({
      code: "ERR_PROTOCOL",
    });
    for (const [offset, length] of [
      [4999, 2],
      [5000, 1],
      [0, 5001],
    ])
      expect(await failureOf(ask("object-chunk", { transfer: "t", offset, length }))).toMatchObject({
        code: "ERR_PROTOCOL",
      });
    // An object has no checksum, and unknown copies are lost.
    expect(await failureOf(ask("file-digest", { transfer: "t" }))).toMatchObject({ code: "ERR_PROTOCOL" });
    expect(await failureOf(ask("copy-finish", { copy: "c" }))).toMatchObject({ code: "ERR_OBJECT_LOST" });
    const { body } = await ask("object-chunk", { transfer: "t", offset: 0, length: 5000 });
    expect(sha256(body as Uint8Array)).toBe(sha256(object));
    for (const type of ["object-close", "copy-keep", "copy-drop", "file-withdraw"])
      await stranger.send(exchange.name, { type, body: { transfer: "x", copy: "x" } });
    await stranger.close();
    await waitUntil(() => exchange.stats().lending === 0, { what: "what it read to be let go" });
    expect(store.stats().pinned).toBe(0);
  });
});

describe("a source that answers with something else", () => {
  const answers: readonly (readonly [string, (type: string) => unknown])[] = [
    ["no length", (type) => (type === "object-open" ? {} : pattern(3000))],
    ["a length that is none", (type) => (type === "object-open" ? { byteLength: -5 } : pattern(3000))],
    ["a short chunk", (type) => (type === "object-open" ? { byteLength: 3000 } : pattern(2999))],
    ["a long chunk", (type) => (type === "object-open" ? { byteLength: 3000 } : pattern(3001))],
    ["text", (type) => (type === "object-open" ? { byteLength: 3000 } : "x".repeat(3000))],
    ["other numbers", (type) => (type === "object-open" ? { byteLength: 3000 } : new Float32Array(750))],
    ["nothing", (type) => (type === "object-open" ? { byteLength: 3000 } : null)],
  ];

  it.each(answers)("as %s is given up for another", async (_, answer) => {
    await using group = new Exchanges();
    const good = await group.join();
    const { exchange, store } = await group.join();
    await group.joinImpostor("bad", ({ type }) => answer(type));
    const error = await failureOf(exchange.pull("bad", 1));
    expect(error.code).toBe("ERR_OBJECT_LOST");
    expect(error.cause).toMatchObject({ code: "ERR_PROTOCOL" });
    const object = pattern(3000);
    const others = new Map([[good.exchange.name, put(good.store, object)]]);
    expect(await sumOf(store, await exchange.pull("bad", 1, { others }))).toBe(sha256(object));
    expect(store.stats().objects).toBe(1);
  });

  it("with another length than the first is given up", async () => {
    await using group = new Exchanges();
    const { exchange, store } = await group.join();
    await group.joinImpostor("bad", ({ type }) => (type === "object-open" ? { byteLength: 3000 } : null));
    await group.joinImpostor("longer", ({ type }) =>
      type === "object-open" ? { byteLength: 3001 } : pattern(3001),
    );
    const error = await failureOf(exchange.pull("bad", 1, { others: new Map([["longer", 1]]) }));
    expect(error.cause).toMatchObject({ code: "ERR_PROTOCOL", details: { peer: "longer" } });
    expect(store.stats().objects).toBe(0);
  });
});
