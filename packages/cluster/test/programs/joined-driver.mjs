// A driver that joins: `joined-driver.mjs <address> <options as JSON>`, and does what each line of its input says.
import { JoinedCluster } from "@troupe/cluster";

import { obey } from "./obey.mjs";

const [address, options = "{}"] = process.argv.slice(2);
const cluster = await JoinedCluster.join({ address, ...JSON.parse(options) });
const { node } = cluster;
cluster.on("pool-died", ({ process, reason }) => console.log(`pool-died ${process} ${reason}`));
console.log(`joined as ${node.name} on ${node.host} with ${node.agent}`);

const deeds = {
  hosts: () => cluster.hosts(),
  pools: () => cluster.pools(),
  resources: () => cluster.resources(),
  processes: () => cluster.processes(),
  group: async (bundles) => (await cluster.placementGroup(bundles)).bundle(0),
  addPool: (pool, host) => cluster.addPool(pool, host),
  removePool: (pool) => cluster.removePool(pool),
  async place(request) {
    const { record } = await node.brain.place({ class: "Worker", creator: node.name, ...request });
    node.brain.started(record.id);
    return record;
  },
  find: (...args) => node.brain.find(...args),
  ask: (pool, op, args) => node.request(pool, op, args, { timeout: 10_000 }),
};
await obey(deeds);
await cluster.close();
console.log("closed");
