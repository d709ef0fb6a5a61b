// The other end of the raw ZeroMQ contenders: echoes, or counts and tells when all have come.
import { Pull, Push } from "zeromq";

const [mode, here, there] = process.argv.slice(2);
const pull = new Pull();
const push = new Push({ sendHighWaterMark: 0 });
await pull.bind(here);
push.connect(there);
process.send("ready");
process.on("disconnect", () => process.exit());

if (mode === "echo") {
  for await (const frames of pull) await push.send(frames);
} else {
  let left = 0;
  process.on("message", (count) => (left += count));
  for await (const _ of pull) if (--left === 0) await push.send("all");
}
