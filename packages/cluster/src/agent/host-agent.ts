import { deferred, type Logger, removeSocket, sweepRuntimeDirectory, TroupeError } from "@troupe/core";
import type { Member } from "@troupe/registry";

import type { HostEvents, HostPort } from "../hosts/host-port.js";
import { checkBinding } from "./binding.js";
import type { PoolNetwork } from "./channel.js";
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
  /** How pools are reached from other machines, if they are. */
  readonly network: PoolNetwork | undefined;
  readonly log: Logger;
  readonly events: HostEvents;
}

/** Whom pools are told of when they start. */
export interface Superiors {
  /** The process that holds the brain. */
  readonly head: Member;
  /** The process that started them. */
  readonly agent: Member;
}

/** Runs the pools of this machine: starts them when they are needed, again when they die, and ends them. */
export class HostAgent implements HostPort {
  readonly #pools = new Map<string, Pool>();
  readonly #superiors = deferred<Superiors>();
  readonly #surroundings: PoolSurroundings;
  #guardian: Guardian | undefined;

  constructor(private readonly options: HostAgentOptions) {
    const { program, host, namespace, settings, network, events } = options;
    this.#surroundings = {
      program,
      setting: async ({ name, cpu, options: { label } }) => {
        const superiors = await this.#superiors.promise;
        return { name, host, namespace, label, cpu, settings, network, ...superiors };
      },
      onLaunched: (pool, pid) => {
        // A thread ends with this process.
        if (pid > 0 && pool.isolation === "process") this.#guard().add(pid);
        events.onStarting(pool.name);
      },
      onUp: (pool, peer) => events.onUp(pool.name, peer, pool.restarts),
      onDown: (pool, death, peer) => {
        if (pool.isolation === "process") this.#guardian?.drop(death.pid);
        void this.#cleanUp(pool, peer);
        events.onDown(pool.name, death, peer !== undefined);
      },
      onLine: (pool, stream, path, text) => {
        const { name, pid = 0 } = pool;
        if (!events.onLine({ path, pool: name, host, pid, stream, text })) this.flow(false);
      },
    };
  }

  /** Pools know now whom they belong to. Those that were started wait for it. */
  serve(superiors: Superiors): void {
    this.#superiors.resolve(superiors);
  }

  /** @throws ERR_CONFIG */
  addPool(name: string, options: PoolOptions): void {
    const checked = checkPoolOptions(options);
    checkBinding(checked);
    this.#pools.set(name, new Pool(name, checked, this.#surroundings));
  }

  startPool(name: string): void {
    this.#pools.get(name)?.start();
  }

  async ensurePool(name: string): Promise<void> {
    const pool = this.#pools.get(name);
    if (!pool)
      throw new TroupeError("ERR_CLOSED", `The pool "${name}" was removed.`, { details: { pool: name } });
    await pool.ensure();
  }

  killPool(name: string): void {
    this.#pools.get(name)?.kill();
  }

  async removePool(name: string): Promise<void> {
    await this.#pools.get(name)?.stop();
    this.#pools.delete(name);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.keys()].map((name) => this.removePool(name)));
    await this.#guardian?.done();
  }

  /** As {@link close}, without a word to the pools: nobody is left for whom to finish anything. */
  async kill(): Promise<void> {
    const closed = this.close();
    for (const pool of this.#pools.values()) pool.kill();
    await closed;
  }

  flow(flowing: boolean): void {
    for (const pool of this.#pools.values()) pool.flow(flowing);
  }

  #guard(): Guardian {
    return (this.#guardian ??= new Guardian(this.options.log));
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
