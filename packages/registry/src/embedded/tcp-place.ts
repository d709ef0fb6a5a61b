import { type AddressInfo, createServer, type Socket } from "node:net";

import { type ClusterKey, isLoopback, TroupeError } from "@troupe/core";

import { connected, dial, listen, turnstile } from "./dial.js";
import { type Claim, codeOf, type Place } from "./place.js";
import { explainTls, tlsConnect, tlsServer } from "./tls.js";

/** What listening says when the address is another machine's, or somebody is there already. */
const notOurs = new Set(["EADDRINUSE", "EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "EACCES", "EINVAL"]);
/** Milliseconds of silence before the system asks whether the other end is still there. */
const keepAlive = 5_000;

/**
 * An embedded registry at a TCP port. The kernel sees to it that one process has it. With a cluster key
 * connections are encrypted, and only who has the key gets one.
 */
export class TcpPlace implements Place {
  readonly url: string;
  readonly where: string;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly key: ClusterKey | undefined,
  ) {
    this.url = urlOf(host, port);
    this.where = `${host}:${port}`;
  }

  async dial(signal: AbortSignal): Promise<Socket | undefined> {
    const { host, port, key } = this;
    const socket = await (key
      ? connected(() => tlsConnect({ host, port }, key), "secureConnect", signal).catch((error: unknown) => {
          throw explainTls(error, this.where);
        })
      : dial({ host, port }, signal));
    socket?.setKeepAlive(true, keepAlive);
    return socket;
  }

  async claim(): Promise<Claim | undefined> {
    try {
      return await claimPort(this.host, this.port, this.key);
    } catch (error) {
      if (notOurs.has(codeOf(error))) return undefined;
      throw error;
    }
  }
}

/** @throws The system's error when the port cannot be had; ERR_CONFIG when others could come and there is no key. */
export async function claimPort(host: string, port: number, key: ClusterKey | undefined): Promise<Claim> {
  const server = key
    ? tlsServer(key, keepAlive)
    : createServer({ keepAlive: true, keepAliveInitialDelay: keepAlive });
  const accept = turnstile(server, key ? "secureConnection" : "connection");
  await listen(server, { host, port });
  if (!key && !isLoopback((server.address() as AddressInfo).address)) {
    server.close();
    throw new TroupeError(
      "ERR_CONFIG",
      `Serving a registry to other hosts at ${host}:${port} needs a cluster key: set TROUPE_KEY, the same on every host.`,
      { details: { host, port } },
    );
  }
  return {
    server,
    url: urlOf(host, (server.address() as AddressInfo).port),
    follows: false,
    accept,
    stands: () => server.listening,
    release: () => void server.close(),
  };
}

function urlOf(host: string, port: number): string {
  return `tcp://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
