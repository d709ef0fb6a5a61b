import { type ActorRuntime, currentRuntime } from "@troupe/actors";
import { TroupeError, withDeadline } from "@troupe/core";
import type { TaskRuntime } from "@troupe/tasks";

import { Cluster } from "./cluster.js";
import { closeWhenIdle } from "./idle-exit.js";
import { isInPool } from "./in-pool.js";
import { checkInitOptions, type InitOptions } from "./init-options.js";

/** Clusters of this process that are open, or being opened. */
const clusters = new Set<Promise<Cluster>>();
/** The one that was opened because something was made without one. */
let embedded: Promise<Cluster> | undefined;

/**
 * Starts a cluster on this machine: its brain and host agent in this process, its pools as processes of their
 * own. Actors that are made without naming a cluster are made in the one opened last.
 *
 * ```ts
 * await using cluster = await init({ pools: 4 });
 * ```
 *
 * With `address`, or `TROUPE_ADDRESS` in the environment, it joins a cluster that others started.
 *
 * Without it the first actor opens one with the defaults, which ends when the program has nothing else to do.
 *
 * @throws ERR_CONFIG for options that are wrong, and in a pool, which has a cluster; ERR_TIMEOUT. Nothing is left
 *   of it then.
 */
export async function init(options: InitOptions = {}): Promise<Cluster> {
  if (isInPool()) {
    throw new TroupeError(
      "ERR_CONFIG",
      "init() is for the program itself, and this is a pool of it: put it into main(async () => { … }), or use context().cluster.",
    );
  }
  const starting = open(checkInitOptions(options));
  try {
    return await withDeadline("starting the cluster", starting, { timeout: options.timeout });
  } catch (error) {
    starting.then((late) => late.close()).catch(() => {});
    throw error;
  }
}

/** Closes all that are open, and those that are being opened. */
export async function closeClusters(): Promise<void> {
  const closing = [...clusters].map(async (starting) => {
    // One that could not be opened is its opener's to hear of.
    const cluster = await starting.catch(() => undefined);
    await cluster?.close();
  });
  await Promise.all(closing);
}

/** The actors of where the caller is: of the cluster whose actor runs now, else of the one opened last. */
export async function runtimeHere(): Promise<ActorRuntime> {
  const current = currentRuntime();
  if (current) return current;
  embedded ??= openEmbedded();
  return (await embedded).runtime;
}

/** As {@link runtimeHere}, for a task that is submitted where no cluster is open. */
export async function openForTasks(): Promise<TaskRuntime> {
  embedded ??= openEmbedded();
  return (await embedded).tasks;
}

function open(options: InitOptions): Promise<Cluster> {
  const forget = () => {
    clusters.delete(starting);
    if (embedded === starting) embedded = undefined;
  };
  const starting = Cluster.start(options, forget);
  clusters.add(starting);
  starting.catch(forget);
  return starting;
}

function openEmbedded(): Promise<Cluster> {
  const starting = open({});
  starting.then(closeWhenIdle, () => {});
  return starting;
}
