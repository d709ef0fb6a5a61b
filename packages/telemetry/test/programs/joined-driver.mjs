// A driver that joins the cluster at `joined-driver.mjs <address>`, and prints its metrics.
import { init } from "@troupe/dist";
import { metrics } from "@troupe/telemetry";

const [address] = process.argv.slice(2);
const cluster = await init({ address, log: false });
console.log(JSON.stringify(await metrics(cluster).text()));
await cluster.close();
