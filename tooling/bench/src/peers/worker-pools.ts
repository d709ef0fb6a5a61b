import { availableParallelism } from "node:os";

import { Piscina } from "piscina";
import workerpool from "workerpool";

import type { Contender } from "../case.js";
import { inFlight } from "../programs/in-flight.mjs";

const program = new URL("../programs/pool-worker.mjs", import.meta.url).pathname;

/** Piscina with one thread. It runs functions: nothing of an actor's but the call. */
export const piscinaCalls = (concurrency: number): Contender =>
  piscina("Piscina (thread)", concurrency, { maxThreads: 1, concurrentTasksPerWorker: concurrency });

/** Piscina with a thread for each core, as it is by default but for a queue without an end. */
export const piscinaTasks = (concurrency: number): Contender =>
  piscina("Piscina (threads)", concurrency, { maxThreads: availableParallelism() });

function piscina(
  name: string,
  concurrency: number,
  options: { readonly maxThreads: number; readonly concurrentTasksPerWorker?: number },
): Contender {
  return {
    name,
    role: "peer",
    setup() {
      const pool = new Piscina({
        filename: program,
        minThreads: options.maxThreads,
        maxQueue: Infinity,
        ...options,
      });
      return {
        run: (n) => inFlight(n, concurrency, () => pool.run(1)),
        teardown: () => pool.destroy(),
      };
    },
  };
}

/** workerpool with one process, over the IPC channel of Node. It runs functions, too. */
export const workerpoolCalls = (concurrency: number): Contender =>
  workerPool("workerpool (process)", concurrency, 1);

/** workerpool with a process for each core. */
export const workerpoolTasks = (concurrency: number): Contender =>
  workerPool("workerpool (processes)", concurrency, availableParallelism());

function workerPool(name: string, concurrency: number, workers: number): Contender {
  return {
    name,
    role: "peer",
    setup() {
      const pool = workerpool.pool(program, {
        workerType: "process",
        minWorkers: workers,
        maxWorkers: workers,
      });
      return {
        run: (n) => inFlight(n, concurrency, () => pool.exec("add", [1])),
        teardown: async () => void (await pool.terminate()),
      };
    },
  };
}
