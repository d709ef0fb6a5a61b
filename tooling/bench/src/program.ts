import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { type Gauge, PeerMissing, type Running } from "./case.js";

/**
 * A program that does cases in a process of its own and times them by its own clock. It is asked by lines on
 * its stdin and answers with JSON on its stdout: `run CASE N` with the seconds of N operations (or the figure
 * that the case is about), `sample CASE N` with the seconds of each. First it says "ready", or what is missing.
 */
export class Program {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string, undefined>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  }

  /** @throws PeerMissing when the command is not there, or it lacks what it needs. */
  static async start(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<Program> {
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    const started = await once(child, "spawn").catch((error: unknown) => error);
    if (started instanceof Error) throw new PeerMissing(`no ${command}`);
    const program = new Program(child);
    const greeting = await program.#answer();
    if (greeting !== "ready") {
      await program.close();
      throw new PeerMissing(String(greeting));
    }
    return program;
  }

  /** Has `n` operations of a case done; seconds of all of them, or another figure that the case is about. */
  async run(name: string, n = 1): Promise<number> {
    return (await this.#ask(`run ${name} ${n}`)) as number;
  }

  /** Seconds of each of `n` operations. */
  async sample(name: string, n: number): Promise<readonly number[]> {
    return (await this.#ask(`sample ${name} ${n}`)) as number[];
  }

  async close(): Promise<void> {
    this.#child.stdin!.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }

  #ask(line: string): Promise<unknown> {
    this.#child.stdin!.write(`${line}\n`);
    return this.#answer();
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done) throw new Error(`${this.#child.spawnargs.join(" ")} ended; what it wrote is above.`);
    return JSON.parse(line.value);
  }
}

/** A case that a program runs. */
export function speedOf(program: Program, name: string): Running {
  return {
    run: (n) => program.run(name, n),
    sample: (n) => program.sample(name, n),
    residentMB: () => program.run("memory"),
    teardown: () => program.close(),
  };
}

/** A figure that a program reads. */
export function gaugeOf(program: Program, name: string): Gauge {
  return {
    read: () => program.run(name),
    residentMB: () => program.run("memory"),
    teardown: () => program.close(),
  };
}

/** Milliseconds from the start of a program until it has done a case's first operation. */
export async function coldStart(start: () => Promise<Program>, name: string): Promise<Gauge> {
  // Once in advance: so that it is known to be there, and that its files are in the cache of the disk.
  await (await start()).close();
  return {
    async read() {
      const begun = performance.now();
      const program = await start();
      await program.run(name);
      const time = performance.now() - begun;
      await program.close();
      return time;
    },
    teardown: () => undefined,
  };
}
