// A driver: `driver.mjs <how> [isolation]` starts two pools and says their pids. Closes when told to.
import { Cluster } from "@troupe/cluster";

const [how, isolation = "process"] = process.argv.slice(2);
const cluster = await Cluster.start({
  program: new URL("pool.mjs", import.meta.url),
  pools: [{ isolation }, { isolation }],
});
const { node } = cluster;
for (const pool of ["pool-0", "pool-1"])
  await node.brain.place({ class: "Worker", creator: node.name, pool });
await node.request("pool-0", "ask", ["pool-1", "add", [1, 2]]);
if (how === "stuck") node.tell("pool-1", "loop");
if (how === "write") await node.request("pool-0", "write", ["stdout", "counter-0", "hello\n"]);
console.log("pids", ...cluster.pools().map(({ pid }) => pid));

if (how === "exit") process.exit(0);
if (how === "close") await close();
else process.stdin.once("data", close);

async function close() {
  process.stdin.destroy();
  await cluster.close();
  console.log("closed");
}
