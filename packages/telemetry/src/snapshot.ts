import { type WaitOptions, withDeadline } from "@troupe/core";
import type { Cluster } from "@troupe/dist";

/** Methods that are told of each by itself, at most; those that are called least are left out. */
const maxMethods = 10_000;

/** A cluster at one moment. */
export type Snapshot = Awaited<ReturnType<typeof look>>;

/**
 * Asks all processes of a cluster at once what they do. One that does not answer within a second is left out.
 *
 * @throws ERR_TIMEOUT when the head does not answer, ERR_CLOSED, ERR_ACTOR_DIED
 */
export function takeSnapshot(cluster: Cluster, options: WaitOptions): Promise<Snapshot> {
  return withDeadline("gathering metrics", look(cluster), options);
}

async function look(cluster: Cluster) {
  const [processes, actors, methods, tasks, stores, resources] = await Promise.all([
    cluster.processes(),
    cluster.actors(),
    cluster.methods({ by: "calls", limit: maxMethods }),
    cluster.tasks.stats(),
    cluster.stores(),
    cluster.resources(),
  ]);
  return {
    processes,
    actors,
    methods,
    tasks,
    stores,
    resources,
    hosts: cluster.hosts(),
    pools: cluster.pools(),
  };
}
