import { type Cluster, init } from "@troupe/dist";

import { findKey, type KeyOptions } from "./key.js";
import { findRunning } from "./running.js";

/** Which cluster is looked at. */
export interface LookOptions extends KeyOptions {
  /** Default: the one that runs on this machine, else `TROUPE_ADDRESS`. */
  readonly address?: string;
}

/** A cluster that is looked at, and where its head is. */
export interface Look {
  readonly cluster: Cluster;
  readonly address: string;
}

/** Milliseconds for the cluster to let us in. */
const patience = 10_000;

/** Joins a cluster to look at it; `undefined` when there is none to be found. The caller closes it. */
export async function look({ address, keyFile }: LookOptions): Promise<Look | undefined> {
  const running = findRunning();
  const at = address ?? running[0]?.address ?? process.env["TROUPE_ADDRESS"];
  if (at === undefined) return undefined;
  const known = running.find((each) => each.address === at);
  const key = findKey({ keyFile })?.text ?? known?.key;
  return { address: at, cluster: await init({ address: at, key, timeout: patience, log: false }) };
}

/** Says that there is none. @returns The exit code. */
export function nothingToSee(json: boolean): number {
  console.log(json ? "null" : "Nothing runs on this machine; --address names a cluster elsewhere.");
  return 1;
}
