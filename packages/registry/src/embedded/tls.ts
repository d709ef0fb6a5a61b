import type { NetConnectOpts } from "node:net";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";

import { type ClusterKey, TroupeError } from "@troupe/core";

import { codeOf } from "./place.js";

/** Both ends know the key already, so TLS needs no certificates: a pre-shared key, with keys of its own for each connection. */
const ciphers = "ECDHE-PSK-CHACHA20-POLY1305";
const identity = "troupe registry";
// Later versions of TLS have no such ciphers, and Node offers its pre-shared keys in 1.2.
const version = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;

/** A server that only those who have the cluster's key can speak to. Its connections come by `secureConnection`. */
export function tlsServer(key: ClusterKey, keepAliveInitialDelay: number): Server {
  const psk = key.derive(identity);
  const server = createServer({
    ...version,
    ciphers,
    keepAlive: true,
    keepAliveInitialDelay,
    pskIdentityHint: identity,
    pskCallback: () => psk,
  });
  // Others may knock as they like.
  server.on("tlsClientError", () => undefined);
  return server;
}

/** Connects to a {@link tlsServer}; `secureConnect` says that both have the same key. */
export function tlsConnect(options: NetConnectOpts, key: ClusterKey): TLSSocket {
  const psk = key.derive(identity);
  return connect({
    ...options,
    ...version,
    ciphers,
    pskCallback: () => ({ psk, identity }),
    // There is no certificate to check: the key is what identifies the server.
    checkServerIdentity: () => undefined,
  });
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
