import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isTroupeError, TroupeError } from "@troupe/core";

import { freePort } from "../free-port.js";
import { type Exit, HarnessProcess } from "../harness/harness-process.js";
import { redisBinary } from "./binary.js";

/** Tries to find a port that stays free until the server has it. */
const portAttempts = 20;

/**
 * A real Redis (or Valkey) server for one test: loopback, a port of its own, nothing kept on disk.
 * Disposing of it is {@link RedisServer.stop}. It dies with the process of the test.
 */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #binary: string;
  readonly #directory: string;
  #process: HarnessProcess;

  private constructor(binary: string, directory: string, port: number, process_: HarnessProcess) {
    this.#binary = binary;
    this.#directory = directory;
    this.port = port;
    this.#process = process_;
  }

  /** @throws ERR_CONFIG when there is no server program, or it does not come up. */
  static async start(): Promise<RedisServer> {
    const binary = await redisBinary();
    if ("reason" in binary) throw new TroupeError("ERR_CONFIG", `No Redis for this test: ${binary.reason}.`);
    const directory = await mkdtemp(join(tmpdir(), "troupe-redis-"));
    try {
      for (let attempt = 1; ; attempt++) {
        const port = await freePort();
        const process_ = await serve(binary.path, directory, port, attempt === portAttempts);
        if (process_) return new RedisServer(binary.path, directory, port, process_);
      }
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** `redis://127.0.0.1:<port>/0`. The same after a restart. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** Of the server's process; another after a restart. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Ends it without a chance to say goodbye. What it held is lost. */
  kill(): Promise<Exit> {
    return this.#process.kill("SIGKILL");
  }

  /** Pauses it: connections stand, nothing answers. */
  freeze(): Promise<void> {
    return this.#process.freeze();
  }

  resume(): Promise<void> {
    return this.#process.resume();
  }

  /** Starts it again on the same port, empty; kills it first when it still runs. Resolves when it answers. */
  async restart(): Promise<void> {
    await this.kill();
    this.#process = (await serve(this.#binary, this.#directory, this.port, true)) as HarnessProcess;
  }

  /** Ends it and removes its directory. Idempotent. */
  async stop(): Promise<void> {
    // Nothing is kept, so there is nothing to end in order; and a frozen one must end too.
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Starts a real Redis for a test; installs it first where that is possible. See {@link RedisServer}. */
export function startRedis(): Promise<RedisServer> {
  return RedisServer.start();
}

/** Resolves when the server answers; gives `undefined` when the port was taken, unless this is the last try. */
async function serve(
  binary: string,
  directory: string,
  port: number,
  last: boolean,
): Promise<HarnessProcess | undefined> {
  const settings = { port, bind: "127.0.0.1", dir: directory, save: "", appendonly: "no", daemonize: "no" };
  const process_ = HarnessProcess.run(binary, {
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    env: process.env,
    cwd: directory,
    name: "redis-server",
  });
  try {
    await process_.line("Ready to accept connections");
    return process_;
  } catch (error) {
    await process_.kill();
    if (!last && isTroupeError(error, "ERR_CLOSED") && process_.stdout.includes("in use")) return undefined;
    throw error;
  }
}
