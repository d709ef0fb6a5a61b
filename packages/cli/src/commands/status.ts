import { type Cluster, init } from "@troupe/dist";

import { findKey, type KeyOptions } from "../key.js";
import { findRunning } from "../running.js";

/** Options of `troupe status`. */
export interface StatusOptions extends KeyOptions {
  readonly address?: string;
  readonly json?: boolean;
}

/** Milliseconds for the cluster to let us in. */
const patience = 10_000;

/** Shows what runs here, and the cluster that it is part of. @returns 1 when there is none. */
export async function status({ address, keyFile, json = false }: StatusOptions): Promise<number> {
  const running = findRunning();
  const [nearest] = running;
  const at = address ?? nearest?.address ?? process.env["TROUPE_ADDRESS"];
  if (!json)
    for (const { kind, pid, address } of running)
      console.log(`A ${kind} runs here (pid ${pid}) of ${address}.`);
  if (at === undefined) {
    console.log(json ? "null" : "Nothing runs on this machine; --address names a cluster elsewhere.");
    return 1;
  }
  const known = running.find((each) => each.address === at);
  const key = findKey({ keyFile })?.text ?? known?.key;
  await using cluster = await init({ address: at, key, timeout: patience, log: false });
  const facts = await factsOf(cluster, at);
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
