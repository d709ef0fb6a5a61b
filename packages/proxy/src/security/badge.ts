import { createPrivateKey, createPublicKey } from "node:crypto";

import type { ClusterKey } from "@troupe/core";
import type { curveKeyPair } from "zeromq";

import { z85 } from "./z85.js";

/** 40 characters of Z85 each. */
export type CurveKeyPair = ReturnType<typeof curveKeyPair>;

/** What stands before the 32 bytes of an X25519 key in PKCS #8 (RFC 8410). */
const pkcs8Head = Buffer.from("302e020100300506032b656e04220420", "hex");

/**
 * The CURVE key pair that all processes of a cluster connect with: whoever shows it has the cluster's key. So a process
 * that nobody has heard of yet is let in by everybody at once, and no list of keys has to be kept anywhere.
 */
export function badgeOf(key: ClusterKey): CurveKeyPair {
  const secret = key.derive("curve key of those who connect");
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8Head, secret]),
    format: "der",
    type: "pkcs8",
  });
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  return { publicKey: z85(Buffer.from(x!, "base64url")), secretKey: z85(secret) };
}
