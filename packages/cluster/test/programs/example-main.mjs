import { Cluster } from "@troupe/cluster";

const cluster = await Cluster.start({ program: new URL("example-pool.mjs", import.meta.url), pools: 2 });
const { node } = cluster;
const { record } = await node.brain.place({ class: "Adder", creator: node.name });
console.log(record.path, "in", record.pool);
console.log(await node.request(record.pool, "add", [1, 2]));
await cluster.close();
