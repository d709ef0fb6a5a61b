import { Worker } from "node:worker_threads";

import { ThreadOutputGate } from "../output/thread-output-gate.js";
import type { FromPool, ToPool } from "./channel.js";
import { environmentOf } from "./environment.js";
import type { Exit, Launched, LaunchEvents } from "./launch.js";
import type { PoolOptions } from "./pool-options.js";

/** Starts a pool as a thread of this process. */
export function threadPool(program: URL, options: PoolOptions, events: LaunchEvents): Launched {
  const gate = new ThreadOutputGate();
  let failure: Error | undefined;
  let worker: Worker;
  try {
    worker = new Worker(program, {
      env: environmentOf(options),
      ...(options.execArgv ? { execArgv: [...options.execArgv] } : {}),
      ...(options.maxMemory === undefined
        ? {}
        : { resourceLimits: { maxOldGenerationSizeMb: options.maxMemory } }),
      workerData: gate.shared,
      stdout: true,
      stderr: true,
    });
  } catch (error) {
    queueMicrotask(() => events.onExit({ code: null, signal: null, error: error as Error }));
    return neverRan;
  }
  // What is written before the pool's own output is in place.
  for (const name of ["stdout", "stderr"] as const) {
    worker[name].setEncoding("utf8").on("data", (text: string) => events.onOutput(name, text));
  }
  worker.on("message", (message: FromPool) => {
    if (message.op !== "output") return events.onMessage(message);
    events.onOutput(message.stream, message.text);
    gate.taken(message.text.length);
  });
  worker.on("error", (error) => {
    failure = error;
  });
  worker.once("exit", (code) => events.onExit({ code, signal: null, error: failure } satisfies Exit));
  worker.unref();
  return {
    pid: process.pid,
    tell: (message: ToPool) => worker.postMessage(message),
    kill: () => void worker.terminate(),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    flow: (flowing) => gate.flow(flowing),
  };
}

const neverRan: Launched = { pid: process.pid, tell() {}, kill() {}, hold() {}, flow() {} };
