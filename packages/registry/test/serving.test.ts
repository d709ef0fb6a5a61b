import { type Logger, processIdentity, uniqueId } from "@troupe/core";
import { Harness, waitUntil } from "@troupe/testkit";
import fc from "fast-check";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type Member, openRegistry, type RegistryServer, serveRegistry } from "../src/index.js";
import { LossyLink } from "./lossy-link.js";

let harness: Harness;
let server: RegistryServer;
const warnings: string[] = [];
const logger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (_, message) => warnings.push(message),
  error: (_, message) => warnings.push(message),
};

beforeEach(async () => {
  warnings.length = 0;
  harness = await Harness.start();
  server = await serveRegistry({ listen: "tcp://127.0.0.1:0", logger });
});
afterEach(async () => {
  await server.close();
  await harness.close();
});

function member(name: string): Member {
  const endpoint = "tcp://127.0.0.1:1";
  return { name, component: "worker", endpoint, incarnation: uniqueId(), process: processIdentity() };
}

async function dial(): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

describe("a served registry", () => {
  it("tells where it is and what it holds", async () => {
    expect(server.url).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    await using registry = await openRegistry(server.url);
    await registry.join("pool", member("a"));
    await registry.set("key", 1);
    expect(server.stats()).toEqual({ connections: 1, members: 1, keys: 1, refused: 0 });
  });

  it("is the only one at its address", async () => {
    for (const listen of [server.url, `ipc://${harness.runtimeDirectory}/served.sock`]) {
      await using first = listen === server.url ? undefined : await serveRegistry({ listen });
      await expect(serveRegistry({ listen })).rejects.toMatchObject({
        code: "ERR_REGISTRY",
        message: expect.stringContaining("already") as string,
      });
      await first?.close();
    }
  });

  it("cannot be of a scheme that is not served", async () => {
    for (const listen of ["memory:", "redis://127.0.0.1:6379"]) {
      await expect(serveRegistry({ listen })).rejects.toMatchObject({ code: "ERR_REGISTRY" });
    }
  });

  it("is followed by one of its clients at the same address, with what they know", async () => {
    const { url } = server;
    await using one = await openRegistry(url);
    await using two = await openRegistry(url);
    await one.join("pool", member("one"));
    const version = await two.set("key", "kept");
    const left: string[] = [];
    const watch = two.watch("pool")[Symbol.asyncIterator]();
    await watch.next();
    const reading = (async () => {
      for (let next = await watch.next(); !next.done; next = await watch.next()) {
        left.push(...next.value.left.map(({ name }: Member) => name));
      }
    })();
    await server.close();
    expect(await one.get("key")).toEqual({ value: "kept", version });
    await two.join("pool", member("two"));
    expect((await one.members("pool")).map(({ name }) => name)).toEqual(["one", "two"]);
    await watch.return?.();
    await reading;
    expect(left).toEqual([]);
  });

  it("makes a write once whose answer was lost on the way", async () => {
    await using link = await LossyLink.open(server.url);
    await using registry = await openRegistry(link.url);
    await using direct = await openRegistry(server.url);
    const version = await registry.set("once", 0);
    link.loseAnswerTo("once");
    const written = await registry.cas("once", version, 1);
    expect(link.lost).toBe(1);
    expect(await direct.get("once")).toEqual({ value: 1, version: written });
  });

  it("is served anew when its socket file is taken away", async () => {
    const url = `ipc://${harness.runtimeDirectory}/lost.sock`;
    await using one = await openRegistry(url, { logger });
    await one.join("pool", member("one"));
    const version = await one.set("key", "kept");
    await rm(`${harness.runtimeDirectory}/lost.sock`);
    await rm(`${harness.runtimeDirectory}/lost.sock.1`);
    await waitUntil(() => warnings.some((text) => text.includes("taken away")), { what: "the warning" });
    // Whichever of the two serves it now: with its files gone, nothing told the second of the first.
    await using two = await openRegistry(url);
    await waitUntil(async () => (await two.members("pool")).some(({ name }) => name === "one"), {
      what: "the member to be listed again",
    });
    await waitUntil(async () => (await two.get("key"))?.value === "kept", { what: "the value to be back" });
    expect(await two.get("key")).toEqual({ value: "kept", version });
  });
});

describe("bytes that are none of its protocol", () => {
  it("end their own connection, are counted and logged, and disturb nobody", async () => {
    await using registry = await openRegistry(server.url);
    const frames = [
      Buffer.from("GET / HTTP/1.1\r\nHost: registry\r\n\r\n"),
      // A frame of 4 GiB, one of a value that is no request, one of half a value.
      Buffer.from([0xff, 0xff, 0xff, 0xff]),
      Buffer.from([0, 0, 0, 1, 0xc0]),
      Buffer.from([0, 0, 0, 1, 0x92]),
    ];
    for (const [index, bytes] of frames.entries()) {
      const socket = await dial();
      socket.write(bytes);
      socket.resume();
      await once(socket, "close");
      await waitUntil(() => server.stats().refused === index + 1, { what: "the refusal to be counted" });
    }
    expect(warnings.join()).toContain("not the registry's protocol");
    await registry.set("key", 1);
    expect(server.stats().connections).toBe(1);
  });

  it("crash nothing, whatever they are", async () => {
    await using registry = await openRegistry(server.url);
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (chunk, framed) => {
        const socket = await dial();
        const head = Buffer.alloc(4);
        head.writeUInt32BE(chunk.length);
        socket.end(framed ? Buffer.concat([head, chunk]) : chunk);
        socket.resume();
        await once(socket, "close");
      }),
      { numRuns: 100 },
    );
    await registry.set("key", 1);
    await waitUntil(() => server.stats().connections === 1, { what: "the others to be gone" });
  });
});
