// Loses a pool, of which the cluster would warn.
import { init } from "@troupe/dist";

const cluster = await init({ pools: 0, log: false });
const { pid } = await cluster.addPool();
const recovered = new Promise((resolve) => cluster.on("pool-recovered", resolve));
process.kill(pid, "SIGKILL");
await recovered;
await cluster.close();
console.log("recovered");
