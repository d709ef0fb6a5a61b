import { type ActorRuntime, currentRuntime } from "@troupe/actors";
import { TroupeError, withDeadline } from "@troupe/core";

import { Cluster, type InitOptions } from "./cluster.js";
import { closeWhenIdle } from "./idle-exit.js";

/** Clusters that this process opened and that are not closed, the latest last. */
const open: Cluster[] = [];
/** The embedded one that was opened because something was made without one. */
let embedded: Promise<Cluster> | undefined;

/**
 * Starts a cluster on this machine: its brain and host agent in this process, its pools as processes of their
 * own. Actors that are made without naming a cluster are made in the one opened last.
 *
 * ```ts
 * await using cluster = await init({ pools: 4 });
 * ```
 *
 * Without it the first actor opens one with the defaults, which ends when the program has nothing else to do.
 *
 * @throws ERR_CONFIG for options that are wrong and in a pool, which has a cluster; ERR_TIMEOUT.
 */
export async function init(options: InitOptions = {}): Promise<Cluster> {
  if (isInPool()) {
    throw new TroupeError(
      "ERR_CONFIG",
      "init() is for the program itself, and this is a pool of it: put it into main(async () => { … }), or use context().cluster.",
    );
  }
  const starting = Cluster.start(options, forget);
  const cluster = await withDeadline("starting the cluster", starting, { timeout: options.timeout });
  open.push(cluster);
  return cluster;
}

/** Closes all that are open. */
export async function closeClusters(): Promise<void> {
  await embedded?.catch(() => undefined);
  await Promise.all([...open].map((cluster) => cluster.close()));
}

/** Whether this process is a pool of a cluster. */
export function isInPool(): boolean {
  return currentRuntime()?.node.transport.self.component === "pool";
}

/** The actors of where the caller is: of the cluster whose actor runs now, else of the one opened last. */
export async function runtimeHere(): Promise<ActorRuntime> {
  const current = currentRuntime();
  if (current) return current;
  embedded ??= openEmbedded();
  return (await embedded).runtime;
}

async function openEmbedded(): Promise<Cluster> {
  try {
    const cluster = await init();
    closeWhenIdle(cluster);
    return cluster;
  } catch (error) {
    embedded = undefined;
    throw error;
  }
}

function forget(cluster: Cluster): void {
  const at = open.indexOf(cluster);
  if (at !== -1) open.splice(at, 1);
  if (open.length === 0) embedded = undefined;
}
