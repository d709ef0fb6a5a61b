import { Piscina } from "piscina";
import workerpool from "workerpool";

import type { Contender } from "../case.js";
import { inFlight } from "../programs/in-flight.mjs";

const program = new URL("../programs/pool-worker.mjs", import.meta.url).pathname;

/** Piscina with one thread. It runs functions: nothing of an actor's but the call. */
export const piscinaCalls = (concurrency: number): Contender => ({
  name: "Piscina (thread)",
  role: "peer",
  setup() {
    const pool = new Piscina({
      filename: program,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: concurrency,
      maxQueue: Infinity,
    });
    return {
      run: (n) => inFlight(n, concurrency, () => pool.run(1)),
      teardown: () => pool.destroy(),
    };
  },
});

/** workerpool with one process, over the IPC channel of Node. It runs functions, too. */
export const workerpoolCalls = (concurrency: number): Contender => ({
  name: "workerpool (process)",
  role: "peer",
  setup() {
    const pool = workerpool.pool(program, { workerType: "process", minWorkers: 1, maxWorkers: 1 });
    return {
      run: (n) => inFlight(n, concurrency, () => pool.exec("add", [1])),
      teardown: async () => void (await pool.terminate()),
    };
  },
});
