import { type ClusterKey, configuredClusterKey, TroupeError } from "@troupe/core";

import type { PoolNetwork } from "../agent/channel.js";
import { parseTcpAddress, tcpUrl } from "./address.js";

/** How other machines get to a cluster. */
export interface Access {
  /** Where they join. */
  readonly listen: string;
  readonly key: ClusterKey;
  /** How its processes are reached. */
  readonly network: PoolNetwork;
  /** Milliseconds. */
  readonly lease: number;
}

/** What a cluster is told of that. */
export interface AccessOptions {
  readonly listen?: string | undefined;
  readonly key?: string | undefined;
  readonly lease?: number | undefined;
}

const defaultLease = 10_000;
const shortestLease = 500;

/** @throws ERR_CONFIG */
export function accessOf({ listen, key: text, lease = defaultLease }: AccessOptions): Access | undefined {
  if (!(lease >= shortestLease))
    throw new TroupeError("ERR_CONFIG", `lease must be milliseconds from ${shortestLease}, not ${lease}.`);
  if (listen === undefined) return undefined;
  const { host } = parseTcpAddress(listen);
  const key = configuredClusterKey(text);
  if (key) return { listen, key, lease, network: { listen: tcpUrl({ host, port: "*" }), key: key.text } };
  throw new TroupeError(
    "ERR_CONFIG",
    "A cluster that other machines can join needs a key: set TROUPE_KEY, or TROUPE_KEY_FILE, or the option `key`, the same on every host.",
    { details: { option: "key" } },
  );
}
