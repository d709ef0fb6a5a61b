import { Worker } from "node:worker_threads";

import { type Remote, wrap } from "comlink";
import adapter from "comlink/dist/umd/node-adapter.js";

import type { Contender } from "../case.js";
import { inFlight } from "../programs/in-flight.mjs";

// Its declarations are those of the module's ESM form, in which the function is the default export.
const endpoint = adapter as unknown as typeof adapter.default;

/** The class in the worker. */
interface Counter {
  add(n: number): number;
  take(bytes: Uint8Array): number;
}

type Counters = Remote<{ readonly Counter: new () => Counter }>;

/** comlink: objects in a worker thread behind proxies, each call a structured clone there and back. */
function comlink(
  work: (n: number, counter: Remote<Counter>, counters: Counters) => Promise<void>,
): Contender {
  return {
    name: "comlink (thread)",
    role: "peer",
    async setup() {
      const worker = new Worker(new URL("../programs/comlink-worker.mjs", import.meta.url), { execArgv: [] });
      const counters: Counters = wrap(endpoint(worker));
      const counter = await new counters.Counter();
      return {
        run: (n) => work(n, counter, counters),
        teardown: async () => void (await worker.terminate()),
      };
    },
  };
}

export const comlinkCalls = (concurrency: number): Contender =>
  comlink((n, counter) => inFlight(n, concurrency, () => counter.add(1)));

export const comlinkLarge = (bytes: Uint8Array): Contender =>
  comlink((n, counter) => inFlight(n, 1, () => counter.take(bytes)));

export const comlinkCreate: Contender = comlink((n, _, { Counter }) => inFlight(n, 100, () => new Counter()));
