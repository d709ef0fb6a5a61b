import type { WaitOptions } from "@troupe/core";
import type { JoinOptions } from "@troupe/proxy";

import type { HostStore } from "../store/host-store.js";
import type { FileProgress } from "./files/outgoing-file.js";

/** Options of {@link HostExchange.join}. Those that are not described here are those of `Proxy.join`. */
export interface HostExchangeOptions extends Pick<
  JoinOptions,
  "registry" | "key" | "listen" | "lease" | "joinTimeout" | "log" | "signal"
> {
  /** This host's objects. Stays the caller's: close it after the exchange. */
  readonly store: HostStore;
  /** What the hosts that exchange objects have in common. Default `objects`. */
  readonly group?: string | undefined;
  /** This host's name among them. Default: `host-` and the first free number. */
  readonly name?: string | undefined;
  /** The folder in which this host takes files that others send, with all below it. Default: none are taken. */
  readonly files?: string | undefined;
  /** Bytes of a chunk. Default 1 MiB. */
  readonly chunkBytes?: number | undefined;
  /** Chunks of one object or file that this host asks for before the first has come. Default 16. */
  readonly window?: number | undefined;
  /** Bytes that this host has asked for and not received, at most, of all transfers together. Default 64 MiB. */
  readonly inFlight?: number | undefined;
  /** Milliseconds without any chunk after which a source counts as lost. Default 30 000. */
  readonly stallTimeout?: number | undefined;
}

/** Options of {@link HostExchange.pull}. */
export interface PullOptions extends WaitOptions {
  /** Other hosts that have the same object, by their names, with its key there: tried in turn when the first fails. */
  readonly others?: ReadonlyMap<string, number> | undefined;
}

/** Options of {@link HostExchange.broadcast}. */
export interface BroadcastOptions extends WaitOptions {
  /** Hosts that each host feeds, at most. 1 is a chain, which moves most bytes; more make it less deep. Default 2. */
  readonly fanout?: number | undefined;
}

/** Options of {@link HostExchange.sendFile}. */
export interface SendFileOptions extends WaitOptions {
  /** Told after each chunk that was read for the receiver. What it throws ends the sending. */
  readonly onProgress?: ((progress: FileProgress) => void) | undefined;
}
