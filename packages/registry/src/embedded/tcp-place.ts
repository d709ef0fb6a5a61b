import { type AddressInfo, createServer, type Socket } from "node:net";

import { dial, listen, turnstile } from "./dial.js";
import { type Claim, codeOf, type Place } from "./place.js";

/** What listening says when the address is another machine's, or somebody is there already. */
const notOurs = new Set(["EADDRINUSE", "EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "EACCES", "EINVAL"]);
/** Milliseconds of silence before the system asks whether the other end is still there. */
const keepAlive = 5_000;

/** An embedded registry at a TCP port. The kernel sees to it that one process has it. */
export class TcpPlace implements Place {
  readonly url: string;
  readonly where: string;

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {
    this.url = urlOf(host, port);
    this.where = `${host}:${port}`;
  }

  async dial(signal: AbortSignal): Promise<Socket | undefined> {
    const socket = await dial({ host: this.host, port: this.port }, signal);
    socket?.setKeepAlive(true, keepAlive);
    return socket;
  }

  async claim(): Promise<Claim | undefined> {
    try {
      return await claimPort(this.host, this.port);
    } catch (error) {
      if (notOurs.has(codeOf(error))) return undefined;
      throw error;
    }
  }
}

/** @throws The system's error when the port cannot be had. */
export async function claimPort(host: string, port: number): Promise<Claim> {
  const server = createServer({ keepAlive: true, keepAliveInitialDelay: keepAlive });
  const accept = turnstile(server);
  await listen(server, { host, port });
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
