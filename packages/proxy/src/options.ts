import type { Logger, WaitOptions } from "@troupe/core";
import type { Registry } from "@troupe/registry";

/** Options of {@link Proxy.join}. */
export interface JoinOptions extends Pick<WaitOptions, "signal"> {
  /** The group to join; members of one group see each other. */
  readonly group: string;
  /** What this member is in its group: `runner`, `worker`. */
  readonly component: string;
  /** Its name, unique in the group. Default: the component and the first free number, `worker-0`. */
  readonly name?: string | undefined;
  /** How many members of other components to wait for. Default: none. */
  readonly peers?: Readonly<Record<string, number>> | undefined;
  /** Where the group is kept: a registry, or the URL of one. Default: `TROUPE_REGISTRY`, else this machine's own. */
  readonly registry?: string | Registry | undefined;
  /**
   * Fewest peers with which to go on: a number for every component in `peers`, or one for each. When
   * `joinTimeout` is over, that many are enough; later, messages to a component with fewer wait up to
   * `joinTimeout` for it to recover. Default: as many as `peers` to join, and none later.
   */
  readonly minPeers?: number | Readonly<Record<string, number>> | undefined;
  /** Milliseconds to wait for the registry and for `peers`. Default 60 000. */
  readonly joinTimeout?: number | undefined;
  /** Messages kept for each peer that left, delivered when it is back. Default 0: sending to it fails. */
  readonly cache?: number | undefined;
  /** Milliseconds after which a member that gives no sign of life counts as gone. Default 5000. */
  readonly lease?: number | undefined;
  /**
   * The cluster's key, the same on every host, as `generateClusterKey()` makes it. Without one no member on
   * another host can be reached. Default: `TROUPE_KEY`, else the file that `TROUPE_KEY_FILE` names.
   */
  readonly key?: string | undefined;
  /**
   * Where to listen for members on other hosts: `tcp://10.0.0.5:*`, `tcp://0.0.0.0:7000`. Needs a key.
   * Default: `TROUPE_LISTEN`, else the address by which a registry on another host is reached, else nowhere.
   */
  readonly listen?: string | undefined;
  /** Whether messages to members on this machine go by shared memory where that is to be had. Default `true`. */
  readonly rings?: boolean | undefined;
  /** Bounds on what is held in memory. */
  readonly limits?: Partial<Limits> | undefined;
  /** Where warnings go. Default: pino on standard error. */
  readonly log?: Logger | undefined;
}

/** Bounds of a proxy, in bytes. */
export interface Limits {
  /** One message, attachments included. A larger one is ERR_MESSAGE_TOO_LARGE. Default 256 MiB. */
  readonly message: number;
  /** What waits to be sent to one peer, before `send` waits too. Default 16 MiB. */
  readonly outbound: number;
  /** What sends that wait may hold for one peer; further ones are ERR_MAILBOX_FULL. Default 256 MiB. */
  readonly waiting: number;
  /** What one peer may have here that was not received yet, before it has to wait. Default 32 MiB. */
  readonly inbound: number;
}

export const defaultLimits: Limits = {
  message: 256 * 1024 * 1024,
  outbound: 16 * 1024 * 1024,
  waiting: 256 * 1024 * 1024,
  inbound: 32 * 1024 * 1024,
};

/** Milliseconds that a request waits for its reply by default. */
export const defaultRequestTimeout = 60_000;

/** Join options with every default filled in. */
export interface Settings {
  readonly group: string;
  readonly component: string;
  readonly name: string | undefined;
  readonly peers: Readonly<Record<string, number>>;
  readonly registry: string | Registry | undefined;
  /** Fewest peers of each component with which to go on. */
  readonly minPeers: Readonly<Record<string, number>>;
  readonly joinTimeout: number;
  readonly cache: number;
  readonly lease: number;
  readonly key: string | undefined;
  readonly listen: string | undefined;
  readonly rings: boolean;
  readonly limits: Limits;
}
