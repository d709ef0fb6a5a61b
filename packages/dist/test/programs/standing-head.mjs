// A cluster that others join, without a program of its own. Ends by SIGTERM.
import { init } from "@troupe/dist";

const cluster = await init({ pools: 2, listen: "tcp://127.0.0.1:*" });
console.log(`at ${cluster.address}`);
process.once("SIGTERM", () => void cluster.close());
