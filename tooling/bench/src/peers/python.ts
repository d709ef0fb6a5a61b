import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { type Contender, type Gauge, PeerMissing, type Running } from "../case.js";

/** The Python that has the peers: a virtual environment's, say. */
const python = process.env["TROUPE_BENCH_PYTHON"] ?? "python3";

/** A program that measures a Python library in the library's own process, asked by lines over a pipe. */
class PythonProgram {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string, undefined>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  }

  /** @throws PeerMissing when there is no Python, or it has no such library. */
  static async start(program: string): Promise<PythonProgram> {
    const path = new URL(`../programs/${program}`, import.meta.url).pathname;
    const child = spawn(python, [path], {
      stdio: ["pipe", "pipe", "inherit"],
      // Nothing is left beside the program, by it or by the processes that the library starts.
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    });
    const started = await once(child, "spawn").catch((error: unknown) => error);
    if (started instanceof Error) throw new PeerMissing(`no ${python}`);
    const peer = new PythonProgram(child);
    const greeting = await peer.#answer();
    if (greeting !== "ready") {
      await peer.close();
      throw new PeerMissing(`${String(greeting)}; TROUPE_BENCH_PYTHON may name a Python that has it`);
    }
    return peer;
  }

  /** Has `n` operations of a case done; seconds of all of them, or another figure that the case is about. */
  async ask(name: string, n = 1): Promise<number> {
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

/** A case of `ray-peer.py`. */
export const ray = (name: string): Contender => speed("Ray", "ray-peer.py", name);
/** A figure that `ray-peer.py` reads. */
export const rayGauge = (name: string): Contender => gauge("Ray", "ray-peer.py", name);
/** A case of `xoscar-peer.py`. */
export const xoscar = (name: string): Contender => speed("Xoscar", "xoscar-peer.py", name);
/** A figure that `xoscar-peer.py` reads. */
export const xoscarGauge = (name: string): Contender => gauge("Xoscar", "xoscar-peer.py", name);

function speed(library: string, program: string, name: string): Contender {
  return {
    name: library,
    role: "peer",
    async setup(): Promise<Running> {
      const peer = await PythonProgram.start(program);
      return {
        run: (n) => peer.ask(name, n),
        sample: (n) => peer.sample(name, n),
        residentMB: () => peer.ask("memory"),
        teardown: () => peer.close(),
      };
    },
  };
}

function gauge(library: string, program: string, name: string): Contender {
  return {
    name: library,
    role: "peer",
    async setup(): Promise<Gauge> {
      const peer = await PythonProgram.start(program);
      return {
        read: () => peer.ask(name),
        residentMB: () => peer.ask("memory"),
        teardown: () => peer.close(),
      };
    },
  };
}

/**
 * Milliseconds from the start of a program, with the argument `cold`, to its first actor's first reply, which
 * it tells by a line.
 */
export function coldPython(library: string, program: string): Contender {
  return {
    name: library,
    role: "peer",
    async setup(): Promise<Gauge> {
      // The library must be there before time is taken, and its files in the cache as those of Node are.
      await (await PythonProgram.start(program)).close();
      return {
        async read() {
          const start = performance.now();
          const peer = await PythonProgram.start(program);
          await peer.ask("sync", 1);
          const time = performance.now() - start;
          await peer.close();
          return time;
        },
        teardown: () => undefined,
      };
    },
  };
}
