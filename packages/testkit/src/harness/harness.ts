import { AssertionError } from "node:assert";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

import { TroupeError } from "@troupe/core";
import { onTestFinished } from "vitest";

import { waitUntil } from "../wait-until.js";
import { CuttableLink } from "./cuttable-link.js";
import { HarnessProcess } from "./harness-process.js";
import { processesWithEnvironment } from "./process-table.js";
import { runtimeLeftovers } from "./runtime-leftovers.js";

/** How a {@link Harness} is set up. */
export interface HarnessOptions {
  /** Milliseconds that orphans and sockets get to go away by themselves at the end; 5000 by default. */
  readonly patience?: number;
}

/** How {@link Harness.spawn} runs a program. */
export interface SpawnOptions {
  readonly args?: readonly string[];
  /** Added to the harness's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Node's own options, before the program. */
  readonly execArgv?: readonly string[];
  /** The harness's directory by default. */
  readonly cwd?: string;
  /** What errors call it; the program's file name by default. */
  readonly name?: string;
  /** A command that runs the program, as `TwoHosts` gives one; it must end when the program does. */
  readonly under?: readonly string[];
}

/** Milliseconds for the kernel to take away a killed process. */
const longestKill = 5_000;
/** Longest temporary directory that leaves room for a socket's name in the 107 bytes of its path. */
const longestRoot = 40;

/**
 * A place for tests with real processes: a temporary directory, a runtime directory of its own, the
 * processes and links that the test makes, and at the end the proof that nothing of it is left.
 *
 * ```ts
 * await using harness = await Harness.start();
 * await using server = harness.spawn(new URL("programs/server.mjs", import.meta.url));
 * const [, port] = await server.line(/listening on (\d+)/);
 * await server.freeze();
 * ```
 */
export class Harness implements AsyncDisposable {
  /** The harness's own temporary directory, removed at the end. */
  readonly directory: string;
  /** `TROUPE_RUNTIME_DIR` of the processes: short, mode 0700, empty at the start. */
  readonly runtimeDirectory: string;
  readonly #processes = new Set<HarnessProcess>();
  readonly #links = new Set<CuttableLink>();
  #closed: Promise<void> | undefined;
  #late: Error | undefined;
  #reportsLater = false;

  readonly #patience: number;

  private constructor(directory: string, patience: number) {
    this.directory = directory;
    this.#patience = patience;
    this.runtimeDirectory = join(directory, "run");
  }

  static async start({ patience = 5_000 }: HarnessOptions = {}): Promise<Harness> {
    const root = Buffer.byteLength(tmpdir()) > longestRoot ? "/tmp" : tmpdir();
    const harness = new Harness(await mkdtemp(join(root, "troupe-test-")), patience);
    await mkdir(harness.runtimeDirectory, { mode: 0o700 });
    harness.#reportWhenFinished();
    return harness;
  }

  /** Short for {@link Harness.runtimeDirectory}. */
  get runtimeDir(): string {
    return this.runtimeDirectory;
  }

  /** The environment of the processes: this process's own, without the test runner's, plus the runtime directory. */
  get env(): Record<string, string> {
    const inherited = Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^(VITEST|TROUPE_(?!LOG$)|NODE_ENV$|TEST$)/.test(entry[0]),
    );
    return { ...Object.fromEntries(inherited), TROUPE_RUNTIME_DIR: this.runtimeDirectory };
  }

  /**
   * Runs a program with this Node.
   *
   * The test ends it: by `stop()` or `kill()`, by `await using`, or by asking it to end and awaiting
   * `exited`. One that still runs when the harness closes is a failure.
   *
   * @throws ERR_CONFIG when there is no such program.
   */
  spawn(
    program: string | URL,
    { args = [], env = {}, execArgv = [], cwd, name, under = [] }: SpawnOptions = {},
  ): HarnessProcess {
    if (this.#closed) throw new TroupeError("ERR_CLOSED", "The harness is closed and starts no process.");
    const path =
      typeof program === "string" && !program.startsWith("file:") ? program : fileURLToPath(program);
    if (!existsSync(path)) throw new TroupeError("ERR_CONFIG", `There is no program ${path} to spawn.`);
    const [command, ...rest] = [...under, process.execPath, ...execArgv, path, ...args] as [
      string,
      ...string[],
    ];
    const child = HarnessProcess.run(command, {
      args: rest,
      env: { ...this.env, ...env },
      cwd: cwd ?? this.directory,
      name: name ?? basename(path),
    });
    this.#processes.add(child);
    return child;
  }

  /** Puts a link that can be cut before a TCP server; closed with the harness. See {@link CuttableLink.open}. */
  async cuttable(target: string): Promise<CuttableLink> {
    const link = await CuttableLink.open(target);
    this.#links.add(link);
    return link;
  }

  /**
   * Ends what is left, removes the directory, and fails if the test or its processes left anything: a
   * running process, also an orphan of one of them; a bound socket or an entry in the runtime directory.
   * What a process that crashed or was killed could not clean up does not count. Idempotent.
   *
   * @throws AssertionError listing what was left.
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /**
   * Closes. Within a test what was left behind is reported when the test has finished, beside the reason
   * that the test itself may have failed for: an error thrown here would hide that one.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.close();
    } catch (error) {
      if (!this.#reportsLater) throw error;
      this.#late = error as Error;
    }
  }

  #reportWhenFinished(): void {
    try {
      onTestFinished(() => {
        if (this.#late !== undefined) throw this.#late;
      });
      this.#reportsLater = true;
    } catch {
      // Not within a test: in a hook, or no test at all.
    }
  }

  async #close(): Promise<void> {
    const leftovers: string[] = [];
    const running = [...this.#processes].filter((child) => !child.exit);
    for (const child of running) leftovers.push(`a process that the test did not end: ${child.describe()}`);
    await Promise.all(running.map((child) => child.kill()));
    await Promise.all([...this.#links].map((link) => link.close()));
    leftovers.push(...(await this.#orphans()));
    leftovers.push(...(await runtimeLeftovers(this.runtimeDirectory, [...this.#processes], this.#patience)));
    await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
    if (leftovers.length === 0) return;
    throw new AssertionError({ message: `The test left behind:\n- ${leftovers.join("\n- ")}` });
  }

  /** Processes that the harness's processes started and that outlive them. Found by environment: their parents are gone. */
  async #orphans(): Promise<string[]> {
    const orphans = () => processesWithEnvironment(`TROUPE_RUNTIME_DIR=${this.runtimeDirectory}`);
    if (await gone(orphans, this.#patience)) return [];
    const remaining = orphans();
    for (const { pid } of remaining) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended in between.
      }
    }
    await gone(orphans, longestKill);
    return remaining.map(({ pid, command }) => `a process that outlived its parent: ${command} (pid ${pid})`);
  }
}

/** Waits for the list to be empty; says whether that came. */
async function gone(list: () => readonly unknown[], timeout: number): Promise<boolean> {
  try {
    return await waitUntil(() => list().length === 0, { what: "processes to end", timeout });
  } catch {
    return false;
  }
}
