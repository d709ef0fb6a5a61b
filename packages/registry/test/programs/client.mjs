// A client of the registry at TROUPE_REGISTRY (or the default one), told what to do by lines of JSON on its
// standard input, `[number, command, ...arguments]`; answers each by a line `answer <number> <JSON>`, and
// tells what it watches by lines `change <JSON>`.
import { createInterface } from "node:readline";

import { processIdentity, uniqueId } from "@troupe/core";
import { openRegistry } from "@troupe/registry";

const registry = await openRegistry();
const memberships = new Map();
const names = (members) => members.map(({ name }) => name);

const commands = {
  async join(group, name, ttl) {
    const incarnation = uniqueId();
    const process = processIdentity();
    const member = { name, component: "worker", endpoint: "tcp://127.0.0.1:1", incarnation, process };
    const membership = await registry.join(group, member, ttl === null ? {} : { ttl });
    memberships.set(name, membership);
    void membership.ended.then((error) => console.log(`ended ${name} ${error?.code ?? "in order"}`));
    return incarnation;
  },
  leave: (name) => memberships.get(name).leave(),
  members: async (group) => names(await registry.members(group)),
  get: (key) => registry.get(key),
  set: (key, value) => registry.set(key, value),
  cas: (key, version, value) => registry.cas(key, version ?? undefined, value ?? undefined),
  /** Adds one, so many times. */
  async count(key, times) {
    for (let done = 0; done < times;) {
      const entry = await registry.get(key);
      if ((await registry.cas(key, entry?.version, (entry?.value ?? 0) + 1)) !== undefined) done++;
    }
  },
  async watch(group) {
    const changes = registry.watch(group)[Symbol.asyncIterator]();
    const tell = ({ members, joined, left }) =>
      console.log(
        `change ${JSON.stringify({ members: names(members), joined: names(joined), left: names(left) })}`,
      );
    tell((await changes.next()).value);
    void (async () => {
      for await (const change of changes) tell(change);
    })();
  },
  /** Hears and says nothing for so many milliseconds, as in a long computation. */
  async block(length) {
    const end = performance.now() + length;
    while (performance.now() < end);
  },
  async close() {
    await registry.close();
    input.close();
  },
};

const input = createInterface({ input: process.stdin });
input.on("line", async (line) => {
  const [number, command, ...args] = JSON.parse(line);
  try {
    console.log(`answer ${number} ${JSON.stringify({ value: await commands[command](...args) })}`);
  } catch ({ code, message }) {
    console.log(`answer ${number} ${JSON.stringify({ code, message })}`);
  }
});
console.log(`open ${registry.url}`);
