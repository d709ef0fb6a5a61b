import { type ClusterKey, TroupeError } from "@troupe/core";
import type { Member } from "@troupe/registry";
import { curveKeyPair, type Push, type SocketOptions } from "zeromq";

import type { CurveKeyPair } from "./badge.js";

const purpose = "curve key of a member";
/** Characters of Z85 in a key. */
const keyLength = 40;

/** What a member publishes of its CURVE key: the public half, and the cluster key's word for it. */
export interface PublishedKey {
  /** 40 characters of Z85. */
  readonly key: string;
  readonly proof: string;
}

/**
 * A process's own CURVE key pair, and its judgement of others': a key counts when the cluster key has
 * signed it. Encryption and authentication are ZeroMQ's (CurveZMQ, rfc.zeromq.org/spec/26).
 */
export class CurveIdentity {
  readonly #pair = curveKeyPair();
  readonly published: PublishedKey;

  /** @param badge What it and all others connect with; its own key pair by default. */
  constructor(
    private readonly clusterKey: ClusterKey,
    private readonly badge?: CurveKeyPair,
  ) {
    const { publicKey } = this.#pair;
    this.published = { key: publicKey, proof: clusterKey.sign(purpose, publicKey) };
  }

  /** Options of a socket that others connect to. */
  get server() {
    return { curveServer: true, curveSecretKey: this.#pair.secretKey } as const;
  }

  /** Options of a socket that connects to a member. @throws ERR_UNAUTHORIZED when its key is not signed. */
  towards(member: Member): SocketOptions<Push> {
    const key = this.keyOf(member);
    if (key === undefined) {
      throw new TroupeError(
        "ERR_UNAUTHORIZED",
        `"${member.name}" shows no key that this cluster's key has signed. Give its host the same TROUPE_KEY.`,
        { details: { peer: member.name } },
      );
    }
    return this.#towards(key);
  }

  /** Whether a key is the badge. */
  shows(publicKey: string): boolean {
    return publicKey === this.badge?.publicKey;
  }

  /** Options of a socket that connects to the process's own. */
  get towardsItself(): SocketOptions<Push> {
    return this.#towards(this.#pair.publicKey);
  }

  /** The member's public key if the cluster key has signed it. */
  keyOf({ meta }: Member): string | undefined {
    const { key, proof } = (meta?.["curve"] ?? {}) as Partial<Record<keyof PublishedKey, unknown>>;
    if (typeof key !== "string" || key.length !== keyLength || typeof proof !== "string") return undefined;
    return this.clusterKey.verifies(purpose, key, proof) ? key : undefined;
  }

  #towards(key: string): SocketOptions<Push> {
    const { publicKey, secretKey } = this.badge ?? this.#pair;
    return { curveServerKey: key, curvePublicKey: publicKey, curveSecretKey: secretKey };
  }
}
