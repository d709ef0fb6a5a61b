// The other end of the Troupe contenders: replies to requests; counts messages and tells when all have come.
import { Proxy } from "@troupe/proxy";

const [group, registry] = process.argv.slice(2);
const proxy = await Proxy.join({ group, component: "peer", registry });
process.on("disconnect", () => void proxy.close());

let left = 0;
for await (const message of proxy.receive()) {
  if (message.type === "echo") void proxy.reply(message, { body: message.body });
  else if (message.type === "count") left += message.body;
  else if (--left === 0) await proxy.send(message.source, { type: "all" });
}
