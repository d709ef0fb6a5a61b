import { waitUntil } from "@troupe/testkit";

import { Cluster, type ClusterOptions } from "../../src/cluster.js";
import type { ClusterEvents } from "../../src/cluster-events.js";
import type { ActorRecord } from "../../src/node/brain-port.js";
import type { ActorCare } from "../../src/supervision/actor-care.js";
import type { OutputLine } from "../../src/output/output-sink.js";

// What the cluster says of pools that die is what these tests are about.
process.env["TROUPE_LOG"] ??= "silent";

/** A cluster whose pools run `programs/pool.mjs`, and the lines that they wrote. */
export interface TestCluster extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly lines: readonly string[];
  readonly output: readonly OutputLine[];
  /** Places an actor in the pool, which so runs, and gives the pool's pid. */
  run(pool: string): Promise<number>;
  ask(pool: string, op: string, args?: unknown): Promise<unknown>;
}

/** Options of a cluster, and what stops its actors. */
export interface TestClusterOptions extends Partial<ClusterOptions> {
  readonly stopActor?: ActorCare["stop"];
  readonly makeActor?: (actor: ActorRecord) => void;
}

/** Started with no options of the test runner's own. */
export async function startCluster({
  stopActor = () => Promise.resolve(),
  makeActor = () => {},
  ...options
}: TestClusterOptions = {}): Promise<TestCluster> {
  const lines: string[] = [];
  const output: OutputLine[] = [];
  const execArgv: string[] = [];
  const { pools = 2 } = options;
  const cluster = await Cluster.start({
    program: new URL("../programs/pool.mjs", import.meta.url),
    log: (line, from) => {
      lines.push(line);
      output.push(from);
    },
    onNode: () => ({
      stop: stopActor,
      make: async (actor) => makeActor(actor),
      passivate: () => Promise.resolve(),
      drop: () => Promise.resolve(),
      childFailed: () => Promise.resolve(undefined),
    }),
    ...options,
    pools:
      typeof pools === "number"
        ? Array.from({ length: pools }, () => ({ execArgv }))
        : pools.map((pool) => ({ execArgv, ...pool })),
  });
  const { node } = cluster;
  return {
    cluster,
    lines,
    output,
    async run(pool) {
      const { record } = await node.brain.place({ class: "Worker", creator: node.name, pool });
      node.brain.started(record.id);
      return record.pid!;
    },
    ask: (pool, op, args) => node.request(pool, op, args, { timeout: 10_000 }),
    [Symbol.asyncDispose]: () => cluster.close(),
  };
}

/** Waits until the cluster says that the pool is in the state. */
export async function untilPool(cluster: Cluster, id: string, state: string): Promise<void> {
  await waitUntil(() => cluster.pools().find((pool) => pool.id === id)?.state === state, {
    what: `${id} to be ${state}`,
  });
}

/** The next event of a cluster. */
export function nextEvent<K extends keyof ClusterEvents>(
  cluster: Cluster,
  name: K,
): Promise<ClusterEvents[K]> {
  return new Promise((resolve) => {
    const off = cluster.on(name, (event) => {
      off();
      resolve(event);
    });
  });
}
