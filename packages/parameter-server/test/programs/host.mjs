// A host: `host.mjs <address> <options as JSON>` joins, says its name, and leaves on SIGTERM.
import { joinHost } from "@troupe/actors";

const [address, options] = process.argv.slice(2);
const host = await joinHost({ address, ...JSON.parse(options) });
console.log(`joined as ${host.name}`);
process.once("SIGTERM", () => void host.close());
await host.ended;
