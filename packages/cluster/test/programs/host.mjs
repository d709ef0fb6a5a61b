// A host: `host.mjs <address> <pools> [options as JSON]` joins, says its name, and leaves on SIGTERM.
import { joinHost } from "@troupe/cluster";

const [address, pools, options = "{}"] = process.argv.slice(2);
const program = new URL("pool.mjs", import.meta.url);
try {
  const host = await joinHost({ address, program, pools: Number(pools), ...JSON.parse(options) });
  console.log(`joined as ${host.name}`);
  process.once("SIGTERM", () => void host.close());
  await host.ended;
  console.log("ended");
} catch (error) {
  console.log(`refused ${error.code} ${error.message}`);
}
