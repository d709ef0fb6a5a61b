import { Worker } from "node:worker_threads";

import { startBound } from "./binding.js";
import { isFromPool, type ToPool } from "./channel.js";
import { environmentOf } from "./environment.js";
import type { Exit, Launched, LaunchEvents } from "./launch.js";
import type { PoolOptions } from "./pool-options.js";
import { ThreadGate } from "./thread-gate.js";

/** Milliseconds for a thread to leave when it must. */
const leaveLimit = 500;

/** Starts a pool as a thread of this process. */
export function threadPool(program: URL, options: PoolOptions, events: LaunchEvents): Launched {
  const gate = new ThreadGate();
  try {
    const start = () =>
      new Worker(program, {
        env: environmentOf(options),
        ...(options.execArgv ? { execArgv: [...options.execArgv] } : {}),
        workerData: gate.shared,
      });
    const worker = startBound(options, start);
    return new ThreadPool(worker, gate, events);
  } catch (error) {
    queueMicrotask(() => events.onExit({ code: null, signal: null, error: error as Error }));
    return neverRan;
  }
}

/**
 * A thread is never terminated from outside: with sockets of ZeroMQ open in it, that ends the process. It is
 * told to leave, and one that does not listen is left alone.
 */
class ThreadPool implements Launched {
  readonly pid = process.pid;
  #failure: Error | undefined;
  #ended = false;

  constructor(
    private readonly worker: Worker,
    private readonly gate: ThreadGate,
    private readonly events: LaunchEvents,
  ) {
    worker.on("message", (message: unknown) => {
      if (!isFromPool(message)) return;
      if (message.op !== "output") return events.onMessage(message);
      events.onOutput(message.stream, message.text);
      gate.taken(message.text.length);
    });
    worker.on("error", (error) => {
      this.#failure = error;
    });
    worker.once("exit", (code) => this.#end({ code, signal: null, error: this.#failure }));
    worker.unref();
    running.add(this);
    if (running.size === 1) process.on("exit", leaveAll);
  }

  tell(message: ToPool): void {
    this.worker.postMessage(message);
  }

  kill(): void {
    this.leave();
    setTimeout(() => {
      const error = new Error("The thread does not listen, and runs until this process ends.");
      this.#end({ code: null, signal: null, error });
    }, leaveLimit).unref();
  }

  hold(held: boolean): void {
    if (held) this.worker.ref();
    else this.worker.unref();
  }

  flow(flowing: boolean): void {
    this.gate.flow(flowing);
  }

  leave(): void {
    this.gate.leave();
    this.tell({ op: "leave" });
  }

  waitUntilLeft(timeout: number): void {
    this.gate.waitUntilLeft(timeout);
  }

  #end(exit: Exit): void {
    if (this.#ended) return;
    this.#ended = true;
    running.delete(this);
    if (running.size === 0) process.off("exit", leaveAll);
    this.worker.unref();
    this.events.onExit(exit);
  }
}

const running = new Set<ThreadPool>();

/** This process exits, and Node terminates its threads next. */
function leaveAll(): void {
  const end = performance.now() + leaveLimit;
  for (const thread of running) thread.leave();
  for (const thread of running) thread.waitUntilLeft(Math.max(0, end - performance.now()));
}

const neverRan: Launched = { pid: process.pid, tell() {}, kill() {}, hold() {}, flow() {} };
