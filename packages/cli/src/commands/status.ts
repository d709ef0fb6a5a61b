import type { Cluster } from "@troupe/dist";

import { look, type LookOptions, nothingToSee } from "../look.js";
import { findRunning } from "../running.js";

/** Options of `troupe status`. */
export interface StatusOptions extends LookOptions {
  readonly json?: boolean;
}

/** Shows what runs here, and the cluster that it is part of. @returns 1 when there is none. */
export async function status({ json = false, ...options }: StatusOptions): Promise<number> {
  if (!json)
    for (const { kind, pid, address } of findRunning())
      console.log(`A ${kind} runs here (pid ${pid}) of ${address}.`);
  const looked = await look(options);
  if (!looked) return nothingToSee(json);
  await using cluster = looked.cluster;
  const facts = await factsOf(cluster, looked.address);
  if (json) console.log(JSON.stringify(facts, undefined, 2));
  else show(facts);
  return 0;
}

type Facts = Awaited<ReturnType<typeof factsOf>>;

async function factsOf(cluster: Cluster, address: string) {
  const [{ total, available, waiting }, actors] = await Promise.all([cluster.resources(), cluster.actors()]);
  const pools = cluster.pools().map((pool) => ({
    ...pool,
    actors: actors.filter((actor) => actor.pool === pool.id).length,
  }));
  return { address, hosts: cluster.hosts(), pools, resources: { total, available, waiting: waiting.length } };
}

function show({ address, hosts, pools, resources: { total, available, waiting } }: Facts): void {
  console.log(`\nThe cluster at ${address}`);
  for (const { name, hostname } of hosts) {
    const [all, free] = [total.hosts[name], available.hosts[name]];
    console.log(
      `\n${name}  ${hostname}  cores ${free?.cpu ?? 0} of ${all?.cpu ?? 0} free, memory ${gib(free?.memory)} of ${gib(all?.memory)} GiB, GPUs ${free?.gpu ?? 0} of ${all?.gpu ?? 0}`,
    );
    for (const pool of pools.filter(({ host }) => host === name)) {
      const { id, state, pid, actors, restarts, label } = pool;
      const facts = [`${actors} actors`, pid && `pid ${pid}`, restarts && `${restarts} restarts`, label];
      console.log(`  ${id}  ${state}  ${facts.filter(Boolean).join(", ")}`);
    }
  }
  if (waiting > 0) console.log(`\n${waiting} wait for resources.`);
}

function gib(bytes = 0): string {
  return (bytes / 1024 ** 3).toFixed(1);
}
