import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer, type Server } from "node:tls";

import { type ClusterKey, isTroupeError, type Logger, sharedKeyTls, TroupeError } from "@troupe/core";

import { type TcpAddress, tcpUrl } from "./address.js";
import { doorPurpose, type Knock, readKnock, type Refusal } from "./greeting.js";
import { Tether } from "./tether.js";

/** Milliseconds in which who connects has to say what he wants. */
const patience = 5_000;
const maxConnections = 4_096;

/**
 * Where those come who join a cluster: a port of the head, at which TLS speaks only to those who have the cluster's key.
 */
export class Door {
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly log: Logger,
    private readonly onKnock: (knock: Knock, tether: Tether) => void,
  ) {
    server.maxConnections = maxConnections;
    server.on("secureConnection", (socket) => this.#accept(socket));
    // Others may knock as they like.
    server.on("tlsClientError", (error) => {
      log.debug({ err: error }, "somebody without the cluster's key tried to join");
    });
  }

  /** @throws ERR_CONFIG when the address cannot be had. */
  static async open(
    address: TcpAddress,
    key: ClusterKey,
    log: Logger,
    onKnock: (knock: Knock, tether: Tether) => void,
  ): Promise<Door> {
    const server = createServer({ ...sharedKeyTls(key, doorPurpose).server, handshakeTimeout: patience });
    try {
      server.listen({ ...address, exclusive: true });
      await once(server, "listening");
    } catch (error) {
      const where = tcpUrl(address);
      const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      const problem = isTaken ? "another process listens there" : (error as Error).message;
      throw new TroupeError("ERR_CONFIG", `Cannot listen at ${where}: ${problem}.`, {
        cause: error,
        details: { address: where },
      });
    }
    server.unref();
    return new Door(server, log, onKnock);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Nobody comes in any more. Those who are in are told by others. */
  close(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const tether = new Tether(socket);
    const timer = setTimeout(() => tether.end("nothing was said"), patience).unref();
    const settled = () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    };
    tether.listen({
      onMessage: (message) => {
        settled();
        try {
          this.onKnock(readKnock(message), tether);
        } catch (error) {
          this.#refuse(tether, error);
        }
      },
      onBroken: settled,
    });
  }

  #refuse(tether: Tether, error: unknown): void {
    const { message } = error as Error;
    this.log.warn({ err: error }, "a process that wanted to join was refused");
    const code = isTroupeError(error) ? error.code : "ERR_CONFIG";
    tether.tell({ error: { code, message } } satisfies Refusal);
    tether.end(message);
  }
}
