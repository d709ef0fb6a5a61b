import { decode, encode, TroupeError } from "@troupe/core";
import type { Piscina } from "piscina";

import type { Run } from "./run.js";

/** What a thread is told to run; arguments and result go by value. */
export interface ThreadRun {
  readonly module: string;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** What it gives: a value, or what it threw. */
export interface ThreadResult {
  readonly ok: boolean;
  readonly bytes: Uint8Array;
}

/** The threads of this pool, for tasks that are pure computation. */
export class Threads {
  #piscina: Promise<Piscina> | undefined;

  async run(run: Run, args: readonly unknown[]): Promise<unknown> {
    const { module, name } = run.kind;
    const piscina = await (this.#piscina ??= open());
    const task = encode({ module, name, args: await Promise.all(args) } satisfies ThreadRun);
    const { ok, bytes } = await this.#inThread(piscina, task, run);
    const value = decode(bytes);
    if (ok) return value;
    throw value;
  }

  async close(): Promise<void> {
    await (await this.#piscina)?.destroy();
  }

  /** What goes wrong here is about the thread: what the function throws comes as a result. */
  async #inThread(piscina: Piscina, task: Uint8Array, run: Run): Promise<ThreadResult> {
    try {
      return (await piscina.run(task, { signal: run.signal })) as ThreadResult;
    } catch (error) {
      throw run.isAborted ? run.signal.reason : threadDied(run.kind.name, error as Error);
    }
  }
}

async function open(): Promise<Piscina> {
  const { Piscina } = await import("piscina");
  return new Piscina({
    filename: new URL("./thread-main.js", import.meta.url).href,
    minThreads: 0,
    idleTimeout: 10_000,
    // The pool runs no more at a time than it has cores for.
    maxThreads: 64,
  });
}

function threadDied(name: string, cause: Error): TroupeError {
  return new TroupeError(
    "ERR_ACTOR_DIED",
    `The task ${name} was running when its thread ended: ${cause.message}`,
    { cause, details: { task: name } },
  );
}
