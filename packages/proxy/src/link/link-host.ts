import type { ProcessIdentity, WireMessage } from "@troupe/core";

import type { LinkLimits } from "./lane.js";
import type { Link } from "./link.js";
import type { RingRoute } from "./ring-route.js";

/** What is known of the peer of a connection. */
export interface PeerTerms {
  readonly process: ProcessIdentity;
  /** Bytes that it takes before it must be done with them: its credit. */
  readonly window: number;
  readonly readsRings: boolean;
}

/** What of its surroundings a link needs. */
export interface LinkHost {
  /** Identifies this end in every packet. */
  readonly sender: string;
  /** Told to the codec's extensions: what the link belongs to. */
  readonly transport: unknown;
  readonly limits: LinkLimits;
  /** The frames of a packet with that one message. */
  pack(message: WireMessage): Uint8Array[];
  /** The message that opens link number `link`. */
  hello(link: number): WireMessage;
  /** The last message of link number `link`, which the peer answers ({@link Link.heard}). */
  bye(link: number): WireMessage;
  /** A ring for link number `link`, offered to the peer by now; `undefined` where it is not to be had. */
  offerRing(link: Link, number: number): RingRoute | undefined;
  /** What follows on link number `link` comes by the ring. */
  ringSwitch(link: number): WireMessage;
  /** The packet that wakes the peer when it sleeps beside its rings. */
  readonly bell: Uint8Array;
  /** The link broke and is closed; `lost` messages were still here. */
  onBroken(lost: number): void;
}
