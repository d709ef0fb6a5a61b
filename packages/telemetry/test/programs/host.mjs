// A host: `host.mjs <address>` joins with one pool, says its name, and leaves on SIGTERM.
import { joinHost } from "@troupe/dist";

const [address] = process.argv.slice(2);
const host = await joinHost({ address, pools: 1 });
console.log(`joined as ${host.name}`);
process.once("SIGTERM", () => void host.close());
await host.ended;
