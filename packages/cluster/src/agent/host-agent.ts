import { deferred, type Logger, removeSocket, sweepRuntimeDirectory } from "@troupe/core";
import type { Member } from "@troupe/registry";

import type { Death } from "../node/brain-port.js";
import { type OutputLog, type OutputSink, outputSink } from "../output/output-sink.js";
import { checkBinding } from "./binding.js";
import { Guardian } from "./guardian.js";
import { Pool, type PoolSurroundings } from "./pool.js";
import { checkPoolOptions, type PoolOptions } from "./pool-options.js";

/** How a {@link HostAgent} is set up. */
export interface HostAgentOptions {
  /** The program of its pools, which calls `servePool()`. */
  readonly program: URL;
  /** Name of this machine in the cluster. */
  readonly host: string;
  readonly namespace: string;
  /** Handed to that program. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where the output of pools goes. */
  readonly output: OutputLog;
  readonly log: Logger;
  readonly events: HostAgentEvents;
}

/** What a host agent tells of its pools. */
export interface HostAgentEvents {
  onStarting(pool: Pool): void;
  onUp(pool: Pool, peer: Member): void;
  /** @param peer How it was reached in this run; absent when it never got up. */
  onDown(pool: Pool, death: Death, peer: Member | undefined): void;
}

/** Runs the pools of a machine: starts them when they are needed, again when they die, and ends them. */
export class HostAgent {
  readonly #pools = new Map<string, Pool>();
  readonly #driver = deferred<Member>();
  readonly #sink: OutputSink;
  readonly #surroundings: PoolSurroundings;
  #guardian: Guardian | undefined;
  #nextPool = 0;

  constructor(private readonly options: HostAgentOptions) {
    this.#sink = outputSink(options.output, () => this.#flow(true));
    this.#surroundings = {
      program: options.program,
      setting: async ({ name, cpu, options: { label } }) => {
        const { host, namespace, settings } = options;
        return { name, host, namespace, label, cpu, settings, driver: await this.#driver.promise };
      },
      onLaunched: (pool, pid) => {
        // A thread ends with this process.
        if (pid > 0 && pool.isolation === "process") this.#guard().add(pid);
        options.events.onStarting(pool);
      },
      onUp: (pool, peer) => options.events.onUp(pool, peer),
      onDown: (pool, death, peer) => {
        if (pool.isolation === "process") this.#guardian?.drop(death.pid);
        void this.#cleanUp(pool, peer);
        options.events.onDown(pool, death, peer);
      },
      onLine: (pool, stream, path, text) => {
        if (!this.#sink({ path, pool: pool.name, pid: pool.pid ?? 0, stream, text })) this.#flow(false);
      },
    };
  }

  /** Pools know now whom they belong to. Those that were started wait for it. */
  serve(driver: Member): void {
    this.#driver.resolve(driver);
  }

  pool(name: string): Pool | undefined {
    return this.#pools.get(name);
  }

  /** Makes a pool, which is not started yet. @throws ERR_CONFIG */
  addPool(options: PoolOptions): Pool {
    const checked = checkPoolOptions(options);
    checkBinding(checked);
    const pool = new Pool(`pool-${this.#nextPool++}`, checked, this.#surroundings);
    this.#pools.set(pool.name, pool);
    return pool;
  }

  /** Ends a pool for good. */
  async removePool(pool: Pool): Promise<void> {
    await pool.stop();
    this.#pools.delete(pool.name);
  }

  /** Ends all pools, and leaves nothing behind. */
  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => this.removePool(pool)));
    await this.#guardian?.done();
  }

  #guard(): Guardian {
    return (this.#guardian ??= new Guardian(this.options.log));
  }

  #flow(flowing: boolean): void {
    for (const pool of this.#pools.values()) pool.flow(flowing);
  }

  /** Removes what a pool that ended could not clean up. */
  async #cleanUp(pool: Pool, peer: Member | undefined): Promise<void> {
    try {
      // A thread's socket bears the pid of this process, which lives.
      if (pool.isolation === "thread") return peer && removeSocket(peer.endpoint.replace("ipc://", ""));
      sweepRuntimeDirectory();
      const { sweepSegments } = await import("@troupe/shm");
      sweepSegments();
    } catch (error) {
      this.options.log.warn({ err: error }, "could not clean up after a process that ended");
    }
  }
}
