import { availableParallelism, hostname, totalmem } from "node:os";

import {
  type ClusterKey,
  configuredClusterKey,
  defaultLogger,
  type Logger,
  maxDelay,
  TroupeError,
} from "@troupe/core";
import type { Limits } from "@troupe/proxy";

import { checkBinding } from "../agent/binding.js";
import { checkPools, type PoolOptions } from "../agent/pool-options.js";
import { checkMachine, type JoinedMachine, type MachineResources } from "../brain/placer.js";
import type { Node } from "../node/node.js";

/** Options of {@link joinHost}. */
export interface JoinHostOptions {
  /** Where the head listens: `tcp://10.0.0.5:7700`. */
  readonly address: string;
  /** The cluster's key. Default: `TROUPE_KEY`, else the file that `TROUPE_KEY_FILE` names. */
  readonly key?: string | undefined;
  /** The program that pools run here: a module that calls `servePool()`. */
  readonly program: URL;
  /** How many pools, or the options of each. Default: one for each core. */
  readonly pools?: number | readonly PoolOptions[] | undefined;
  /** What of this machine may be given to actors. Default: what is detected. */
  readonly resources?: MachineResources | undefined;
  /** Whether to join again, as a new host, when the head was lost. Default `true`. */
  readonly rejoin?: boolean | undefined;
  /** Milliseconds for joining. Default 10,000. */
  readonly timeout?: number | undefined;
  /**
   * Gets this process's node before anybody else can reach it; again each time that it has joined. What it returns is
   * called when that stay is over: its pools have ended, and its node is closed.
   */
  readonly onNode?: ((node: Node) => () => void) | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly log?: Logger | undefined;
}

/** {@link JoinHostOptions} that were checked, with what is to be known of this machine. */
export interface HostTerms extends Omit<JoinHostOptions, "key" | "pools"> {
  readonly key: ClusterKey;
  readonly pools: readonly PoolOptions[];
  readonly timeout: number;
  readonly log: Logger;
  readonly machine: JoinedMachine;
}

const joinLimit = 10_000;

/** @throws ERR_CONFIG */
export async function hostTerms(options: JoinHostOptions): Promise<HostTerms> {
  const { key: text, resources = {}, timeout = joinLimit, log = defaultLogger() } = options;
  const key = configuredClusterKey(text);
  if (!key)
    throw new TroupeError(
      "ERR_CONFIG",
      "Joining a cluster needs its key: set TROUPE_KEY, or TROUPE_KEY_FILE, or the option `key`, the same on every host.",
      { details: { option: "key" } },
    );
  if (!(timeout >= 0 && timeout <= maxDelay))
    throw new TroupeError("ERR_CONFIG", `timeout must be milliseconds, not ${timeout}.`);
  const pools = checkPools(options.pools ?? availableParallelism());
  pools.forEach(checkBinding);
  const { detectInventory } = await import("@troupe/resources");
  const given = Object.entries(checkMachine(resources)).filter(([, value]) => value !== undefined);
  const machine = {
    address: hostname(),
    ...(await detectInventory(resources)),
    ...(Object.fromEntries(given) as MachineResources),
  } as JoinedMachine;
  return { ...options, key, pools, timeout, log, machine };
}

/** What a host tells of its machine. */
export function machineFacts() {
  return { hostname: hostname(), cores: availableParallelism(), memory: totalmem() };
}
