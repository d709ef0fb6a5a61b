import { protocolVersion, TroupeError } from "@troupe/core";
import type { Member } from "@troupe/registry";

import type { JoinedMachine } from "../brain/placer.js";
import type { PoolOptions } from "../agent/pool-options.js";

/** What the key is derived for that the two ends of a connection at the head's port have. */
export const doorPurpose = "troupe head";

/** The first message of who joins. */
export interface Knock {
  /** Versions of the protocol that it speaks. */
  readonly troupe: readonly number[];
  /** What it is to be. */
  readonly kind: GuestKind;
  /** `host` of its process identity: says which machine it is on. */
  readonly machine: string;
}

/** What may join a cluster. */
export type GuestKind = "host" | "driver";

/** What the head answers: who the guest is from now on, and where. */
export interface Welcome {
  /** Its name. */
  readonly name: string;
  /** The machine that it is on, and the process that is the agent there: a guest is its own, where there is no other. */
  readonly host: string;
  readonly agent: string;
  readonly head: Member;
  readonly namespace: string;
  /** Of the program of the pools. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Milliseconds of silence after which the head gives it up. */
  readonly lease: number;
  /** For a guest on the head's machine: where it listens for others, as it may see the head by an address of its own. */
  readonly listen?: string;
}

/** What the head answers to who may not join. */
export interface Refusal {
  readonly error: { readonly code: string; readonly message: string };
}

/** The last word of either side. */
export interface Farewell {
  readonly bye: string;
}

/** System request of a guest that has its name, when it can be reached by it. */
export const joinOp = "join";

/** System request of a guest that is to be let go: its actors stop or move, and its pools end. */
export const leaveOp = "leave";

/** What {@link joinOp} is asked with. */
export interface Introduction {
  readonly member: Member;
}

/** ... by a host. */
export interface HostIntroduction extends Introduction {
  readonly hostname: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** What of it is given to actors. */
  readonly machine: JoinedMachine;
  readonly pools: readonly PoolOptions[];
}

export function isWelcome(message: unknown): message is Welcome {
  const { name, head, lease } = (message ?? {}) as Partial<Welcome>;
  return typeof name === "string" && typeof head === "object" && typeof lease === "number";
}

/** Reads the first message of who joins. @throws ERR_PROTOCOL */
export function readKnock(message: unknown): Knock {
  const { troupe, kind, machine } = (message ?? {}) as Partial<Knock>;
  if (!Array.isArray(troupe) || (kind !== "host" && kind !== "driver") || typeof machine !== "string")
    throw new TroupeError("ERR_PROTOCOL", "What was said to the head of a cluster is nothing that it knows.");
  if (!troupe.includes(protocolVersion)) {
    throw new TroupeError(
      "ERR_PROTOCOL",
      `The head speaks protocol ${protocolVersion}, and who wants to join speaks ${troupe.join(", ") || "none"}. Run the same release on both.`,
      { details: { theirs: troupe, ours: [protocolVersion] } },
    );
  }
  return { troupe, kind, machine };
}
