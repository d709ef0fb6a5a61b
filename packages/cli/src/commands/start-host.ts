import { joinHost } from "@troupe/dist";

import { type KeyOptions, needKey } from "../key.js";
import { poolsFor } from "../pools.js";
import { announce } from "../running.js";
import { catchSignals } from "../signals.js";

/** Options of `troupe start --address`. */
export interface StartHostOptions extends KeyOptions {
  readonly address: string;
  readonly pools?: number;
  readonly rejoin: boolean;
}

/** Makes this machine a host of a cluster until a signal comes, or the cluster ends. */
export async function startHost(options: StartHostOptions): Promise<void> {
  const { address, pools, rejoin } = options;
  const key = needKey(options).text;
  // One that comes while it joins ends it in order as well.
  using signals = catchSignals();
  console.log(`Joining the cluster at ${address} …`);
  const host = await joinHost({ address, key, pools: poolsFor(pools), rejoin });
  const withdraw = announce({ kind: "host", address, key });
  try {
    console.log(`Joined as ${host.name}. Ctrl-C, or \`troupe stop\`, leaves.`);
    await Promise.race([signals.came, host.ended]);
    console.log("Leaving: actors move or stop, pools end.");
  } finally {
    withdraw();
    await host.close();
  }
  console.log("Ended.");
}
