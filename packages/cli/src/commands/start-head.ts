import { init } from "@troupe/dist";

import { type KeyOptions, needKey } from "../key.js";
import { poolsFor } from "../pools.js";
import { announce } from "../running.js";
import { catchSignals } from "../signals.js";

/** Options of `troupe start --head`. */
export interface StartHeadOptions extends KeyOptions {
  readonly port: number;
  readonly listen?: string;
  readonly pools?: number;
  readonly resources?: string;
  readonly storage?: string;
  /** Seconds. */
  readonly lease: number;
}

/** Starts a cluster, and is its head until a signal comes. */
export async function startHead(options: StartHeadOptions): Promise<void> {
  const { port, listen = `tcp://0.0.0.0:${port}`, pools, resources, storage, lease } = options;
  const key = needKey(options).text;
  // One that comes while it starts ends it in order as well.
  using signals = catchSignals();
  const cluster = await init({
    listen,
    key,
    pools: poolsFor(pools),
    resources,
    storage,
    lease: lease * 1_000,
  });
  const address = cluster.address!;
  const withdraw = announce({ kind: "head", address, key });
  try {
    for (const [event, what] of [
      ["host-joined", "joined"],
      ["host-left", "left"],
    ] as const)
      cluster.on(event, ({ name, hostname, pools }) =>
        console.log(`${name} (${hostname}, ${count(pools.length, "pool")}) ${what}.`),
      );
    console.log(`The head is up at ${address}, with ${count(cluster.pools().length, "pool")}.
Other machines join, with the same key:  troupe start --address ${address}
Programs:                                troupe run script.ts
Ctrl-C, or \`troupe stop\`, ends it.`);
    await signals.came;
    console.log("Ending: programs lose the cluster, hosts end their pools.");
  } finally {
    withdraw();
    await cluster.close();
  }
  console.log("Ended.");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
