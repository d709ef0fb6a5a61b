// A host that exchanges objects, told what to do by lines of JSON: [name of the answer, command, …arguments].
import { createHash } from "node:crypto";

import { HostExchange, HostStore, ObjectReader } from "@troupe/objects";

import { serveCommands } from "./commands.mjs";

const [registry, options = "{}"] = process.argv.slice(2);
const store = new HostStore({ capacity: 512 * 1024 * 1024, spill: false });
const reader = new ObjectReader();
const exchange = await HostExchange.join({
  store,
  registry,
  joinTimeout: 20_000,
  ...JSON.parse(options),
});

const commands = {
  put(byteLength, seed) {
    const { key, bytes } = store.create("test", byteLength);
    for (let i = 0, state = seed; i < byteLength; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      bytes[i] = state >>> 24;
    }
    store.seal(key);
    return key;
  },
  async sum(key) {
    const at = await store.pin(key, "test");
    const buffer = reader.open(at, () => store.unpin(key, "test"));
    const sum = createHash("sha256")
      .update(new Uint8Array(buffer, 0, at.byteLength))
      .digest("hex");
    reader.release(buffer);
    return sum;
  },
  pull: (from, key, others = []) => exchange.pull(from, key, { others: new Map(others) }),
  async broadcast(key, hosts, fanout) {
    const { copies, failed } = await exchange.broadcast(key, hosts, { fanout });
    return { copies: [...copies], failed: [...failed].map(([host, { code }]) => [host, code]) };
  },
  sendFile: (path, host, target) => exchange.sendFile(path, host, target),
  hosts: () => exchange.hosts,
  stats: () => ({ ...exchange.stats(), ...store.stats() }),
  /** Resolves when a transfer from or to here is under way. */
  async busy() {
    for (;;) {
      const { lending, inFlight } = exchange.stats();
      if (lending > 0 || inFlight > 0) return { lending, inFlight };
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  async close() {
    await exchange.close();
    reader.close();
    store.close();
    input.close();
  },
};

const input = serveCommands(commands);
console.log(`joined as ${exchange.name}`);
