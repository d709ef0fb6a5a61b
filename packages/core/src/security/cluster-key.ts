import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, statSync } from "node:fs";

import { TroupeError } from "../errors/troupe-error.js";

const keyBytes = 32;

/** A new cluster key: 256 random bits as base64url text. Give it to every host by file (0600) or environment. */
export function generateClusterKey(): string {
  return randomBytes(keyBytes).toString("base64url");
}

/**
 * The secret that the hosts of a cluster share. It never travels: what is used of it are keys derived
 * for one purpose each (HKDF-SHA256, RFC 5869).
 */
export class ClusterKey {
  readonly #secret: Buffer;

  /** @throws ERR_CONFIG for a text that is no key of 256 bits; it does not repeat the text. */
  constructor(text: string) {
    this.#secret = Buffer.from(text.trim(), "base64url");
    if (this.#secret.length !== keyBytes || !/^[\w-]{43}=?$/.test(text.trim())) {
      throw new TroupeError(
        "ERR_CONFIG",
        "The cluster key must be 32 bytes as base64url, 43 characters, as generateClusterKey() makes it.",
      );
    }
  }

  /** The key itself, for processes that this one starts. */
  get text(): string {
    return this.#secret.toString("base64url");
  }

  /** A key of 32 bytes for one purpose. */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync("sha256", this.#secret, "troupe", purpose, keyBytes));
  }

  /** Proof that somebody who holds the key vouches for `text`. */
  sign(purpose: string, text: string): string {
    return createHmac("sha256", this.derive(purpose)).update(text).digest("base64url");
  }

  /** Whether {@link sign} made the proof. */
  verifies(purpose: string, text: string, proof: string): boolean {
    const expected = Buffer.from(this.sign(purpose, text));
    const given = Buffer.from(proof);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

/**
 * The cluster key that is configured: `text` if given, else `TROUPE_KEY`, else the file that
 * `TROUPE_KEY_FILE` names. `undefined` when there is none.
 *
 * @throws ERR_CONFIG for a malformed key, or a file that others can read.
 */
export function configuredClusterKey(text?: string): ClusterKey | undefined {
  const { TROUPE_KEY, TROUPE_KEY_FILE } = process.env;
  const key = text ?? (TROUPE_KEY || (TROUPE_KEY_FILE && readKeyFile(TROUPE_KEY_FILE)));
  return key ? new ClusterKey(key) : undefined;
}

function readKeyFile(path: string): string {
  try {
    if ((statSync(path).mode & 0o077) === 0) return readFileSync(path, "utf8");
  } catch (error) {
    throw new TroupeError("ERR_CONFIG", `The key file ${path} cannot be read.`, {
      cause: error,
      details: { path },
    });
  }
  throw new TroupeError("ERR_CONFIG", `The key file ${path} can be read by others; run chmod 600 ${path}.`, {
    details: { path },
  });
}
