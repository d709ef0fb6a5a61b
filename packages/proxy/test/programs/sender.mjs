// Sends so many numbered messages to a peer, closes, and has nothing more to do: it must end by itself.
import { Proxy } from "@troupe/proxy";

const [to, count] = process.argv.slice(2);
const proxy = await Proxy.join({ group: "test", component: "sender" });
for (let number = 0; number < Number(count); number++)
  await proxy.send(to, { type: "numbered", body: number });
await proxy.close();
