// A head: `head.mjs <options as JSON>` starts a cluster, says where it is, and does what each line of its input says.
import { Cluster } from "@troupe/cluster";

import { obey } from "./obey.mjs";

const options = JSON.parse(process.argv[2]);
const cluster = await Cluster.start({ program: new URL("pool.mjs", import.meta.url), ...options });
const { node } = cluster;
for (const event of ["host-joined", "host-left"])
  cluster.on(event, ({ name }) => console.log(`${event} ${name}`));
cluster.on("pool-died", ({ process, reason }) => console.log(`pool-died ${process} ${reason}`));
console.log(`at ${cluster.address}`);

const deeds = {
  hosts: () => cluster.hosts(),
  pools: () => cluster.pools(),
  async place(pool) {
    const { record } = await node.brain.place({ class: "Worker", creator: node.name, pool });
    node.brain.started(record.id);
    return record;
  },
  ask: (pool, op, args) => node.request(pool, op, args, { timeout: 10_000 }),
  route: (pool) => node.transport.route(pool),
};
await obey(deeds);
await cluster.close();
console.log("closed");
