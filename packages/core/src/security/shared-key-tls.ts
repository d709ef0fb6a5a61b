import type { ConnectionOptions, TlsOptions } from "node:tls";

import type { ClusterKey } from "./cluster-key.js";

/** Options of `node:tls` for the two ends of a connection. */
export interface SharedKeyTls {
  readonly server: TlsOptions;
  readonly client: ConnectionOptions;
}

/** Both ends know the key already, so TLS needs no certificates: a pre-shared key, with keys of its own for each connection. */
const ciphers = "ECDHE-PSK-CHACHA20-POLY1305";
// Later versions of TLS have no such ciphers, and Node offers its pre-shared keys in 1.2.
const version = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;

/**
 * How two processes that have the cluster's key speak TLS to each other. A connection to or from one that has another
 * fails before a byte of it is read.
 *
 * @param identity What the connection is for: each purpose has a key of its own.
 */
export function sharedKeyTls(key: ClusterKey, identity: string): SharedKeyTls {
  const psk = key.derive(identity);
  const shared = { ...version, ciphers };
  return {
    server: { ...shared, pskIdentityHint: identity, pskCallback: () => psk },
    client: {
      ...shared,
      pskCallback: () => ({ psk, identity }),
      // There is no certificate to check: the key is what identifies the server.
      checkServerIdentity: () => undefined,
    },
  };
}
