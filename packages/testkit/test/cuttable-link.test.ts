import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type CuttableLink, Harness, noLeftovers, waitUntil } from "../src/index.js";

noLeftovers();

describe("a link that can be cut", () => {
  let harness: Harness;
  let server: Server;
  let link: CuttableLink;
  const arrived = new Map<Socket, string>();
  const clients: Client[] = [];

  /** A client of the echo server, through the link. */
  class Client {
    received = "";
    closedBy: string | undefined;
    readonly socket: Socket;
    constructor() {
      this.socket = connect(Number(new URL(link.url).port), "127.0.0.1");
      this.socket.setEncoding("utf8").on("data", (text: string) => (this.received += text));
      this.socket.on("error", (error: NodeJS.ErrnoException) => (this.closedBy = error.code));
      this.socket.on("end", () => (this.closedBy ??= "end"));
      clients.push(this);
    }
    echoed = (text: string) => waitUntil(() => this.received === text, { what: `the echo of ${text}` });
  }

  beforeEach(async () => {
    harness = await Harness.start();
    server = createServer((socket) => {
      arrived.set(socket, "");
      socket.setEncoding("utf8").on("data", (text: string) => {
        arrived.set(socket, (arrived.get(socket) ?? "") + text);
        socket.write(text);
      });
      socket.on("error", () => {});
      socket.on("close", () => arrived.delete(socket));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    link = await harness.cuttable(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.destroy();
    await harness.close();
    await waitUntil(() => arrived.size === 0, { what: "the server to lose its clients" });
    server.close();
    await once(server, "close");
  });

  it("passes bytes both ways, and the end", async () => {
    const client = new Client();
    client.socket.end("hello");
    await client.echoed("hello");
    await waitUntil(() => client.closedBy === "end", { what: "the end" });
    await waitUntil(() => link.connections === 0, { what: "the link to forget the connection" });
  });

  it("passes more than any buffer holds", async () => {
    const client = new Client();
    const text = "troupe".repeat(1_000_000);
    client.socket.write(text);
    await waitUntil(() => client.received.length === text.length, { what: "six megabytes" });
    expect(client.received === text).toBe(true);
  });

  it("keeps silent while it is cut; what was sent meanwhile arrives afterwards, in order", async () => {
    const client = new Client();
    client.socket.write("a");
    await client.echoed("a");
    link.cut();
    client.socket.write("b");
    // A second link to the same server shows that the server is well and had time to answer.
    const other = await harness.cuttable(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const witness = connect(Number(new URL(other.url).port), "127.0.0.1").end("x");
    await once(witness.resume(), "end");
    expect(client.received).toBe("a");
    expect(client.closedBy).toBeUndefined();
    link.restore();
    client.socket.write("c");
    await client.echoed("abc");
  });

  it("holds a connection that is made during a silent cut until the link is back", async () => {
    link.cut();
    const client = new Client();
    client.socket.write("early");
    await waitUntil(() => link.connections === 1, { what: "the connection" });
    expect(arrived.size).toBe(0);
    link.restore();
    await client.echoed("early");
  });

  it("resets every connection, and new ones too, until it is restored", async () => {
    const client = new Client();
    client.socket.write("a");
    await client.echoed("a");
    link.cut("reset");
    await waitUntil(() => client.closedBy === "ECONNRESET", { what: "the reset" });
    await waitUntil(() => arrived.size === 0, { what: "the server to see it" });
    const refused = new Client();
    await waitUntil(() => refused.closedBy, { what: "the refusal" });
    link.restore();
    const welcome = new Client();
    welcome.socket.write("back");
    await welcome.echoed("back");
  });

  it("keeps scheme and path of the URL, and needs a port in it", async () => {
    const redis = await harness.cuttable("redis://127.0.0.1:7001/3");
    expect(redis.url).toMatch(/^redis:\/\/127\.0\.0\.1:\d+\/3$/);
    await expect(harness.cuttable("tcp://127.0.0.1")).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });
});
