import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

import { TroupeError } from "@troupe/core";

/** How a link breaks: `silent` passes nothing on and says nothing, `reset` ends every connection at once. */
export type CutKind = "silent" | "reset";

/**
 * A TCP forwarder between a client and a server, on a port of its own, whose link can be cut and restored.
 *
 * A silent cut is what a pulled cable is to TCP: both ends believe in their connection, nothing arrives,
 * and what was sent meanwhile arrives after `restore()`. A reset cut is a firewall that refuses: every
 * connection ends with ECONNRESET, new ones too.
 */
export class CuttableLink implements AsyncDisposable {
  /** The target's URL with this forwarder's port in place of the target's. */
  readonly url: string;
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  /** Connections that came during a silent cut, to be made at its end. */
  readonly #held = new Set<Socket>();
  #cut: CutKind | undefined;

  private constructor(server: Server, target: URL, port: number) {
    this.#server = server;
    this.#target = { host: target.hostname.replace(/^\[|\]$/g, ""), port: Number(target.port) };
    this.url = target.href.replace(target.host, `127.0.0.1:${port}`);
    server.on("connection", (socket) => this.#accept(socket));
  }

  /**
   * @param target URL of a TCP server with its port: `tcp://127.0.0.1:7000`, `redis://127.0.0.1:7001/0`.
   * @throws ERR_CONFIG when it names no port.
   */
  static async open(target: string): Promise<CuttableLink> {
    const url = URL.canParse(target) ? new URL(target) : undefined;
    if (!url?.port) {
      throw new TroupeError(
        "ERR_CONFIG",
        `A cuttable link needs a URL with a port, like tcp://127.0.0.1:7000, not ${target}.`,
      );
    }
    const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CuttableLink(server, url, (server.address() as AddressInfo).port);
  }

  /** Connections of clients that stand now. */
  get connections(): number {
    return [...this.#sockets].filter((socket) => clients.has(socket)).length;
  }

  /** Cuts the link until {@link CuttableLink.restore}. */
  cut(kind: CutKind = "silent"): void {
    this.#cut = kind;
    for (const socket of this.#sockets) {
      if (kind === "silent") socket.pause();
      else socket.resetAndDestroy();
    }
  }

  restore(): void {
    this.#cut = undefined;
    for (const socket of this.#held) this.#forward(socket);
    this.#held.clear();
    for (const socket of this.#sockets) socket.resume();
  }

  /** Ends every connection and frees the port. Idempotent. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(socket: Socket): void {
    clients.add(socket);
    this.#watch(socket);
    if (this.#cut === "reset") socket.resetAndDestroy();
    else if (this.#cut === "silent") this.#held.add(socket.pause());
    else this.#forward(socket);
  }

  #forward(client: Socket): void {
    if (client.destroyed) return;
    const upstream = connect({ ...this.#target, allowHalfOpen: true });
    this.#watch(upstream);
    this.#join(client, upstream);
    this.#join(upstream, client);
  }

  /** Passes on one direction: bytes, back-pressure, the end, and an abrupt end as an abrupt end. */
  #join(from: Socket, to: Socket): void {
    from.on("data", (chunk: Buffer) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on("drain", () => {
      if (this.#cut === undefined) from.resume();
    });
    from.once("end", () => to.end());
    from.once("close", (failed) => {
      if (failed) to.resetAndDestroy();
      else to.end();
    });
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#held.delete(socket);
    });
  }
}

const clients = new WeakSet<Socket>();
