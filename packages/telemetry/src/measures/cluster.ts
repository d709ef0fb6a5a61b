import type { PoolInfo } from "@troupe/dist";

import type { Measure, Seen } from "./measure.js";

const poolStates: readonly PoolInfo["state"][] = ["idle", "starting", "up", "leaving", "ended"];

/** What the cluster as a whole is made of, and what happened to it since somebody began to count. */
export const clusterMeasures: readonly Measure[] = [
  plain("troupe_hosts", "gauge", "Machines of the cluster.", ({ hosts }) => hosts.length),
  {
    name: "troupe_pools",
    type: "gauge",
    help: "Pools in each state; one that died has ended until it is started again.",
    labels: ["state"],
    read: ({ pools }) =>
      poolStates.map((state) => [{ state }, pools.filter((pool) => pool.state === state).length]),
  },
  plain("troupe_pool_deaths_total", "counter", "Pools that ended unasked.", ({ tally }) => tally.poolDeaths),
  plain(
    "troupe_pool_recoveries_total",
    "counter",
    "Pools that run again after they died.",
    ({ tally }) => tally.poolRecoveries,
  ),
  plain("troupe_hosts_joined_total", "counter", "Machines that joined.", ({ tally }) => tally.hostsJoined),
  plain(
    "troupe_hosts_left_total",
    "counter",
    "Machines that left or were lost.",
    ({ tally }) => tally.hostsLeft,
  ),
  plain(
    "troupe_dead_letters_total",
    "counter",
    "Messages that reached nobody, or failed without anybody waiting.",
    ({ tally }) => tally.deadLetters,
  ),
];

/** One value for the whole cluster. */
function plain(
  name: Measure["name"],
  type: Measure["type"],
  help: string,
  valueOf: (seen: Seen) => number,
): Measure {
  return { name, type, help, labels: [], read: (seen) => [[{}, valueOf(seen)]] };
}
