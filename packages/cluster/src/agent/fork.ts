import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";

import { startBound } from "./binding.js";
import { isFromPool, type ToPool } from "./channel.js";
import { environmentOf } from "./environment.js";
import type { Exit, Launched, LaunchEvents } from "./launch.js";
import { inheritedExecArgv, type PoolOptions } from "./pool-options.js";

/** Turns of the event loop that an ended process's output gets at most, each of a pipe's whole content or more. */
const drainTurns = 200;

/** Starts a pool as a process. */
export function forkPool(program: URL, options: PoolOptions, events: LaunchEvents): Launched {
  const child = startBound(options, () =>
    fork(fileURLToPath(program), [], {
      env: environmentOf(options),
      execArgv: argumentsOf(options),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    }),
  );
  return new ForkedPool(child, events);
}

class ForkedPool implements Launched {
  readonly pid: number;
  readonly #streams: readonly Socket[];
  #read = 0;
  #ended = false;

  constructor(
    private readonly child: ChildProcess,
    private readonly events: LaunchEvents,
  ) {
    this.pid = child.pid ?? 0;
    this.#streams = [child.stdout as Socket, child.stderr as Socket].filter(Boolean);
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => {
        this.#read += text.length;
        events.onOutput(name, text);
      });
    }
    child.on("message", (message) => {
      if (isFromPool(message)) events.onMessage(message);
    });
    // It could not be started; or told something, and then it ends anyway.
    child.on("error", (error) => {
      if (child.pid === undefined) void this.#end({ code: null, signal: null, error });
    });
    child.once("exit", (code, signal) => void this.#end({ code, signal }));
    this.hold(false);
  }

  tell(message: ToPool): void {
    if (this.child.connected) this.child.send(message, () => {});
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  hold(held: boolean): void {
    const { child } = this;
    for (const handle of [child, child.channel, ...this.#streams]) {
      if (held) handle?.ref();
      else handle?.unref();
    }
  }

  flow(flowing: boolean): void {
    if (this.#ended) return;
    for (const stream of this.#streams) {
      if (flowing) stream.resume();
      else stream.pause();
    }
  }

  async #end(exit: Exit): Promise<void> {
    if (this.#ended) return;
    this.flow(true);
    this.#ended = true;
    await this.#drain();
    for (const stream of this.#streams) stream.destroy();
    this.events.onExit(exit);
  }

  /**
   * Reads what the process had written. The end of its streams is not waited for: children of its own may
   * hold them open. All that it wrote is in the pipes, and a turn that brings nothing more has seen it all.
   */
  async #drain(): Promise<void> {
    for (let turn = 0, read = -1; read !== this.#read && turn < drainTurns; turn++) {
      read = this.#read;
      for (let rest = 0; rest < 2; rest++) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function argumentsOf({ execArgv, maxMemory }: PoolOptions): string[] {
  const given = [...inheritedExecArgv(), ...(execArgv ?? [])];
  return maxMemory === undefined ? given : [...given, `--max-old-space-size=${maxMemory}`];
}
