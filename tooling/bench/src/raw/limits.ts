import { spawn } from "node:child_process";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import type { Contender, Gauge, Running } from "../case.js";
import { residentMB } from "../resident.js";

/** An async method of a plain object, called and awaited. */
export const plainCalls: Contender = {
  name: "plain async call",
  role: "raw",
  setup() {
    const counter = {
      count: 0,
      add(n: number) {
        return Promise.resolve((this.count += n));
      },
    };
    return {
      async run(n) {
        for (let i = 0; i < n; i++) await counter.add(1);
      },
      teardown: () => undefined,
    };
  },
};

/** Copies into memory that was touched before. */
export const memcpy = (byteLength: number): Contender => ({
  name: "memcpy",
  role: "raw",
  setup() {
    const source = new Uint8Array(byteLength).fill(7);
    const target = new Uint8Array(byteLength).fill(1);
    return {
      run(n) {
        for (let i = 0; i < n; i++) target.set(source);
      },
      teardown: () => undefined,
    };
  },
});

/** Milliseconds of such a copy. */
export const memcpyTime = (byteLength: number): Contender => ({
  name: "memcpy",
  role: "raw",
  async setup(): Promise<Gauge> {
    const copies = 8;
    const copying = (await memcpy(byteLength).setup()) as Running;
    await copying.run(1);
    return {
      async read() {
        const start = performance.now();
        await copying.run(copies);
        return (performance.now() - start) / copies;
      },
      teardown: () => copying.teardown(),
    };
  },
});

/** A process that loads what Troupe stands upon, and nothing else. */
async function bareNode() {
  const child = spawn(process.execPath, [new URL("../programs/bare.mjs", import.meta.url).pathname], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await once(child, "message");
  return {
    pid: child.pid!,
    async close() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

/** Milliseconds until a process of Node's, with the libraries, says that it is there. */
export const nodeStart: Contender = {
  name: "node + libraries",
  role: "raw",
  setup: (): Gauge => ({
    async read() {
      const start = performance.now();
      const node = await bareNode();
      const time = performance.now() - start;
      await node.close();
      return time;
    },
    teardown: () => undefined,
  }),
};

/** Megabytes resident in a process of Node's with the libraries. */
export const nodeMemory: Contender = {
  name: "node + libraries",
  role: "raw",
  async setup(): Promise<Gauge> {
    const { pid, close } = await bareNode();
    return { read: () => residentMB(pid), residentMB: () => residentMB(pid), teardown: close };
  },
};

const instances = 10_000;

/** Bytes of a plain object with one field. */
export const instanceBytes: Contender = {
  name: "plain instance",
  role: "raw",
  setup: (): Gauge => ({
    read() {
      const before = heapBytes();
      const made = Array.from({ length: instances }, () => new Counter());
      const after = heapBytes();
      // The list itself holds a pointer to each.
      return (after - before) / made.length - 8;
    },
    teardown: () => undefined,
  }),
};

class Counter {
  count = 0;
}

/** Bytes of this process's heap that are in use, when all garbage is gone. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
