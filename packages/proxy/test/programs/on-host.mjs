// A member on a host of its own: asks its peer once, or answers until it is told to stop.
import { Proxy } from "@troupe/proxy";

const [component, peer, registry] = process.argv.slice(2);
const proxy = await Proxy.join({
  group: "hosts",
  component,
  peers: { [peer]: 1 },
  registry,
  joinTimeout: 20_000,
});
console.log(`joined as ${proxy.name}`);

if (component === "asker") {
  const body = Float64Array.from({ length: 100_000 }, (_, i) => i / 7);
  const reply = await proxy.request(`${peer}-0`, { type: "sum", body });
  console.log(`sum ${reply.body.sum} from ${reply.source}`);
  await proxy.send(`${peer}-0`, { type: "stop" });
} else {
  for await (const message of proxy.receive()) {
    if (message.type === "stop") break;
    await proxy.reply(message, { body: { sum: message.body.reduce((sum, x) => sum + x, 0) } });
  }
}
await proxy.close();
console.log("closed");
