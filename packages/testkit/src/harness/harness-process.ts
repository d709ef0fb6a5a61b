import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";

import { TroupeError } from "@troupe/core";

import { waitUntil } from "../wait-until.js";
import { LineLog } from "./line-log.js";
import { threadStates } from "./process-table.js";
import { track, untrack } from "./reaper.js";

/** How a process ended: with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How to run a command. */
export interface CommandOptions {
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** What errors call it. */
  readonly name: string;
}

/** Milliseconds for a line, an exit or a change of state, where the caller does not say. */
const patience = 15_000;
/** Looks for output of an ended process, each of a pipe's whole content or more. */
const drainRounds = 100;
/** Characters of each stream that an error shows. */
const shown = 2_000;

/**
 * A real process under the control of a test. Disposing of it is {@link HarnessProcess.stop}.
 *
 * It leads a process group of its own and dies with the process of the test.
 */
export class HarnessProcess implements AsyncDisposable {
  readonly pid: number;
  readonly name: string;
  /** How it ended, after all of its output was read. Never rejects. */
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #stdout = new LineLog();
  #stderr = "";
  #read = 0;
  #exit: Exit | undefined;

  private constructor(child: ChildProcess, pid: number, name: string) {
    this.#child = child;
    this.pid = pid;
    this.name = name;
    track(pid);
    this.#collect(child.stdout, (chunk) => this.#stdout.append(chunk));
    this.#collect(child.stderr, (chunk) => (this.#stderr += chunk));
    // A write after the child closed its input is not the test's business unless it awaits the write.
    child.stdin?.on("error", () => {});
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        untrack(pid);
        void this.#drain().then(() => {
          this.#exit = { code, signal };
          this.#stdout.end(() => this.#exitedError());
          resolve(this.#exit);
        });
      });
    });
  }

  /**
   * Runs a command.
   *
   * @throws ERR_CONFIG when it cannot be started.
   */
  static run(command: string, { args, env, cwd, name }: CommandOptions): HarnessProcess {
    const child = spawn(command, args, { env, cwd, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    child.on("error", () => {});
    if (child.pid === undefined) {
      throw new TroupeError(
        "ERR_CONFIG",
        `${name} cannot be started: ${command} in ${cwd} is not there or may not be run.`,
      );
    }
    return new HarnessProcess(child, child.pid, name);
  }

  /** Standard output so far. */
  get stdout(): string {
    return this.#stdout.text;
  }

  /** Standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Lines of standard output so far, without their ends. */
  get lines(): readonly string[] {
    return this.#stdout.lines;
  }

  /** How it ended, `undefined` while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  /**
   * The next line of standard output that matches, past or future, behind the line of the match before.
   * A string matches where it is part of a line.
   *
   * @throws ERR_TIMEOUT after `timeout` ms (15 000 by default); ERR_CLOSED at once when the process ends
   *   without such a line. Both show its output.
   */
  line(
    pattern: RegExp | string,
    { timeout = patience }: { readonly timeout?: number } = {},
  ): Promise<RegExpMatchArray> {
    return this.#stdout.next(pattern, timeout, () => this.describe());
  }

  /**
   * Writes a line to standard input; resolves when the system took it.
   *
   * @throws ERR_CLOSED when the process does not read any more.
   */
  async send(text: string): Promise<void> {
    const input = this.#child.stdin;
    await new Promise<void>((resolve, reject) => {
      input?.write(text.endsWith("\n") ? text : `${text}\n`, (error) => {
        if (!error) return resolve();
        reject(
          new TroupeError("ERR_CLOSED", `${this.name} reads no input: ${error.message}`, { cause: error }),
        );
      });
    });
  }

  /**
   * Sends the signal and waits for the end, which must come.
   *
   * @throws ERR_TIMEOUT when it runs on, as a frozen one does after SIGTERM.
   */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Exit> {
    this.#child.kill(signal);
    return waitUntil(() => this.#exit, {
      what: `${this.name} (pid ${this.pid}) to end by ${signal}`,
      timeout: patience,
    });
  }

  /** Ends it in order: SIGTERM. One that has ended already stays as it is. */
  stop(): Promise<Exit> {
    return this.kill("SIGTERM");
  }

  /** Pauses it (SIGSTOP), as a long garbage collection or a swapped-out machine would; resolves when all threads stand. */
  async freeze(): Promise<void> {
    this.#child.kill("SIGSTOP");
    await this.#threadsAre((state) => state === "T", "stand still");
  }

  /** Lets a frozen process go on (SIGCONT); resolves when it does. */
  async resume(): Promise<void> {
    this.#child.kill("SIGCONT");
    await this.#threadsAre((state) => state !== "T", "go on");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Name, pid, state and the ends of its output, for messages. */
  describe(): string {
    const { code, signal } = this.#exit ?? {};
    const state = this.#exit ? (signal ? `ended by ${signal}` : `ended with code ${code}`) : "running";
    const streams = [
      ["standard output", this.stdout],
      ["standard error", this.stderr],
    ] as const;
    return [
      `${this.name} (pid ${this.pid}, ${state})`,
      ...streams.map(([name, text]) => (text ? `${name}:\n${text.slice(-shown).trimEnd()}` : `no ${name}`)),
    ].join("\n");
  }

  async #threadsAre(accepted: (state: string) => boolean, what: string): Promise<void> {
    if (process.platform !== "linux") return;
    await waitUntil(
      () => {
        if (this.#exit) throw this.#exitedError();
        const states = threadStates(this.pid);
        return states.length > 0 && states.every(accepted);
      },
      { what: `${this.name} (pid ${this.pid}) to ${what}`, timeout: patience },
    );
  }

  #collect(stream: Readable | null, take: (chunk: string) => void): void {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      this.#read += chunk.length;
      take(chunk);
    });
  }

  /**
   * Waits for what a dead process had written. Its own children may hold the same pipes open, so the
   * streams' end is not waited for: what it wrote is in the pipes, and a turn of the event loop that
   * brings nothing more says that all was read. Bounded, since a child of it may write on.
   */
  async #drain(): Promise<void> {
    for (let round = 0, read = -1; read !== this.#read && round < drainRounds; round++) {
      read = this.#read;
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #exitedError(): TroupeError {
    return new TroupeError(
      "ERR_CLOSED",
      `The process ended before what was awaited of it: ${this.describe()}`,
    );
  }
}
