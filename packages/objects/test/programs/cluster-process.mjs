// A process of a cluster, told what to do by lines of JSON: [name of the answer, command, …arguments]. What ties the
// processes together is a group; objects travel between them in its messages.
import { createHash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { objects } from "@troupe/objects";
import { Proxy } from "@troupe/proxy";

import { serveCommands } from "./commands.mjs";

const [registry, text] = process.argv.slice(2);
const { name, store = name, ...options } = JSON.parse(text);
const silent = { debug() {}, info() {}, warn() {}, error: console.error };
const proxy = await Proxy.join({
  group: "cluster",
  component: "process",
  name,
  registry,
  joinTimeout: 20_000,
  log: silent,
});

const handlers = new Map();
const port = {
  name,
  transport: undefined,
  log: silent,
  serve: (op, handler) => handlers.set(op, handler),
  async request(to, op, args, options) {
    if (to === name) return handlers.get(op)(args, name);
    const asked = proxy.request(to, { type: op, body: args }, { timeout: Infinity, ...options });
    return (await asked).body;
  },
  tell: (to, op, args) => void proxy.send(to, { type: op, body: args }).catch(() => {}),
  onGone: (listener) => proxy.on("peer-left", (peer) => listener(peer.name)),
};

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");

/** References and views that this process has, by the names that the test has for them. */
const refs = new Map();
const views = new Map();
const expected = new Map();

port.serve("take", ({ id, ref }) => void refs.set(id, ref));
port.serve("compute", ([byteLength, seed]) => objects.store(pattern(byteLength, seed)));
objects.configure(options);
objects.join(port, store);
const serving = (async () => {
  for await (const message of proxy.receive()) void answer(message);
})();

async function answer(message) {
  try {
    const body = await handlers.get(message.type)(message.body, message.source);
    await proxy.reply(message, { body });
  } catch (error) {
    await proxy.reject(message, error).catch(() => {});
  }
}

function pattern(byteLength, seed) {
  const bytes = new Uint8Array(byteLength);
  for (let i = 0, state = seed; i < byteLength; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

const sumOf = (bytes) => createHash("sha256").update(bytes).digest("hex");

const commands = {
  put: (id, byteLength, seed) => void refs.set(id, objects.put(pattern(byteLength, seed))),
  /** Has another process compute an object that this one owns; and anew when it is lost, if `by` says who does it. */
  async compute(id, at, byteLength, seed, by) {
    const result = objects.expect();
    const run = async (where) => {
      const { stored, refs } = await port.request(where, "compute", [byteLength, seed]);
      result.settle(stored, refs);
    };
    if (by) result.descendsFrom({ rebuild: () => void run(by), forget() {} });
    refs.set(id, result.handOver());
    expected.set(id, result);
    await run(at);
  },
  send: (id, to) => port.request(to, "take", { id, ref: refs.get(id) }),
  get: async (id) => sumOf(await objects.get(refs.get(id))),
  async view(id) {
    views.set(id, await objects.get(refs.get(id)));
  },
  viewed: (id) => sumOf(views.get(id)),
  /** Collects the views that nobody has. */
  async collect() {
    views.clear();
    gc();
  },
  release: (id) => refs.get(id).release(),
  stores: (id) => objects.storesOf(refs.get(id)),
  async broadcast(id, hosts, fanout) {
    const { hosts: there, failed } = await objects.broadcast(refs.get(id), hosts, { fanout });
    return { there, failed: [...failed].map(([host, { code }]) => [host, code]) };
  },
  sendFile: (path, host, target) => objects.sendFile(path, host, target),
  stats: () => objects.stats(),
  peers: () => proxy.peers.get("process") ?? [],
  /** Resolves when an object is being sent from here. */
  async lending() {
    while (objects.stats().hosts.lending === 0) await new Promise((resolve) => setImmediate(resolve));
  },
  async close() {
    objects.leave(port);
    await proxy.close();
    await serving;
    objects.close();
    input.close();
  },
};

const input = serveCommands(commands);
console.log(`joined as ${name}`);
