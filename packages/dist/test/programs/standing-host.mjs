// A host of the cluster at TROUPE_ADDRESS. Ends by SIGTERM.
import { joinHost } from "@troupe/dist";

const host = await joinHost({ address: process.env.TROUPE_ADDRESS, pools: 1 });
console.log(`joined as ${host.name}`);
process.once("SIGTERM", () => void host.close());
