import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

import {
  type ClusterKey,
  deferred,
  type ErrorCode,
  errorCodes,
  processIdentity,
  protocolVersion,
  sharedKeyTls,
  TroupeError,
  withDeadline,
} from "@troupe/core";

import { parseTcpAddress, tcpUrl } from "./address.js";
import {
  doorPurpose,
  type GuestKind,
  isWelcome,
  type Knock,
  type Refusal,
  type Welcome,
} from "./greeting.js";
import { Tether } from "./tether.js";

/** What it takes to join. */
export interface KnockOptions {
  /** `tcp://10.0.0.5:7700`. */
  readonly address: string;
  readonly key: ClusterKey;
  readonly kind: GuestKind;
  /** Milliseconds. */
  readonly timeout: number;
}

/** A guest that was let in. */
export interface Admission {
  readonly welcome: Welcome;
  readonly tether: Tether;
  /** Where to listen for processes of other machines: at the address that the head sees, as a rule. */
  readonly listen: string;
}

/**
 * Asks the head of a cluster to be let in.
 *
 * @throws ERR_UNAUTHORIZED when it has another key; ERR_PROTOCOL when it is of another version; ERR_PEERS_MISSING when
 *   nobody is there; ERR_TIMEOUT, ERR_CONFIG.
 */
export async function knock({ address, key, kind, timeout }: KnockOptions): Promise<Admission> {
  const { host, port } = parseTcpAddress(address);
  const socket = connect({ host, port, ...sharedKeyTls(key, doorPurpose).client });
  try {
    const answered = connected(socket, address).then(() => ask(socket, kind, address));
    return await withDeadline(`joining the cluster at ${address}`, answered, { timeout });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function connected(socket: TLSSocket, address: string): Promise<void> {
  try {
    await once(socket, "secureConnect");
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException, address);
  }
}

async function ask(socket: TLSSocket, kind: GuestKind, address: string): Promise<Admission> {
  const tether = new Tether(socket);
  const answer = deferred<unknown>();
  const broken = (reason: string) =>
    answer.reject(
      new TroupeError("ERR_PEERS_MISSING", `The cluster at ${address} does not let anybody in: ${reason}.`, {
        details: { address },
      }),
    );
  tether.listen({ onMessage: (message) => answer.resolve(message), onBroken: broken });
  const { host: machine } = processIdentity();
  tether.tell({ troupe: [protocolVersion], kind, machine } satisfies Knock);
  const welcome = await answer.promise;
  if (isWelcome(welcome))
    return { welcome, tether, listen: welcome.listen ?? tcpUrl({ host: tether.localAddress, port: "*" }) };
  throw refused(welcome as Partial<Refusal>, address);
}

function refused({ error }: Partial<Refusal>, address: string): TroupeError {
  const said = error?.code ?? "";
  const code = Object.hasOwn(errorCodes, said) ? (said as ErrorCode) : "ERR_PROTOCOL";
  const message = error?.message ?? `What is at ${address} is no head of a cluster.`;
  return new TroupeError(code, message, { details: { address } });
}

/** What a failed connection means. An error of TLS itself says that the other end has no key, or another. */
function explained(error: NodeJS.ErrnoException, address: string): TroupeError {
  const { code = "", message } = error;
  if (code.startsWith("ERR_SSL") || code === "EPROTO" || code === "ECONNRESET") {
    return new TroupeError(
      "ERR_UNAUTHORIZED",
      `The cluster at ${address} does not have this process's key. Set TROUPE_KEY, or TROUPE_KEY_FILE, to the same key on every host.`,
      { details: { address }, cause: error },
    );
  }
  return new TroupeError("ERR_PEERS_MISSING", `No cluster is to be found at ${address}: ${message}.`, {
    details: { address },
    cause: error,
    retryable: true,
  });
}
