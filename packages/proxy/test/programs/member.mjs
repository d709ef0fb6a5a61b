// A member in a process of its own: joins as its argument says, serves by message type, says what it sees,
// and does what the lines of its input ask for.
import { createInterface } from "node:readline";

import { Proxy } from "@troupe/proxy";

const { gate, ...options } = JSON.parse(process.argv[2]);
const lines = createInterface({ input: process.stdin });
const closed = new AbortController();
process.once("SIGTERM", () => closed.abort());

if (gate) {
  console.log("waiting");
  await new Promise((resolve) => lines.once("line", resolve));
}

let proxy;
const started = performance.now();
try {
  proxy = await Proxy.join({ ...options, signal: closed.signal });
} catch ({ code, message, details }) {
  console.log(`refused ${JSON.stringify({ code, message, details })}`);
}
if (proxy) await serve(proxy);
// All that would keep this process is gone now; it ends by itself or not at all.
lines.close();
process.stdin.destroy();

async function serve(proxy) {
  for (const event of ["peer-joined", "peer-left", "peer-rejoined"]) {
    proxy.on(event, ({ name }) => console.log(`${event} ${name}`));
  }
  console.log(`joined ${proxy.name} in ${Math.round(performance.now() - started)} ms`);
  closed.signal.addEventListener("abort", () => void proxy.close());
  if (closed.signal.aborted) await proxy.close();
  lines.on("line", (line) => void command(proxy, JSON.parse(line)));
  try {
    for await (const message of proxy.receive()) await handle(proxy, message);
    await proxy.close();
    console.log("closed");
  } catch (error) {
    console.log(`lost ${error.code}`);
    await proxy.close();
  }
}

async function handle(proxy, message) {
  const { type, body } = message;
  if (type === "echo") await proxy.reply(message, { body });
  else if (type === "who") await proxy.reply(message, { body: { name: proxy.name, pid: process.pid } });
  else if (type === "fail") await proxy.reject(message, brokenRecord());
  else if (type === "last-words") {
    await proxy.reply(message, { body });
    await proxy.close();
  } else console.log(`${type} ${JSON.stringify(body)}`);
}

function brokenRecord() {
  const error = new RangeError("record 7 is broken", { cause: new TypeError("no checksum") });
  return Object.assign(error, { record: 7 });
}

/** `{ send, count, size }`: numbered messages of `size` bytes to a peer. `{ close: true }`. */
async function command(proxy, { send, count, size, close }) {
  if (close) return proxy.close();
  for (let number = 0; number < count; number++) {
    await proxy.send(send, { type: "numbered", body: { number, padding: new Uint8Array(size) } });
  }
  console.log(`sent ${count}`);
}
