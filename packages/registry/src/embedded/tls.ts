import type { NetConnectOpts } from "node:net";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";

import { type ClusterKey, sharedKeyTls, TroupeError } from "@troupe/core";

import { codeOf } from "./place.js";

const identity = "troupe registry";

/** A server that only those who have the cluster's key can speak to. Its connections come by `secureConnection`. */
export function tlsServer(key: ClusterKey, keepAliveInitialDelay: number): Server {
  const server = createServer({
    ...sharedKeyTls(key, identity).server,
    keepAlive: true,
    keepAliveInitialDelay,
  });
  // Others may knock as they like.
  server.on("tlsClientError", () => undefined);
  return server;
}

/** Connects to a {@link tlsServer}; `secureConnect` says that both have the same key. */
export function tlsConnect(options: NetConnectOpts, key: ClusterKey): TLSSocket {
  return connect({ ...options, ...sharedKeyTls(key, identity).client });
}

/** What a failed connection means: an error of TLS itself says that the other end has no key, or another. */
export function explainTls(error: unknown, where: string): unknown {
  const code = codeOf(error);
  if (!code.startsWith("ERR_SSL") && code !== "EPROTO") return error;
  return new TroupeError(
    "ERR_UNAUTHORIZED",
    `The registry at ${where} does not have this process's cluster key. Set TROUPE_KEY to the same key on every host.`,
    { details: { where }, cause: error },
  );
}
