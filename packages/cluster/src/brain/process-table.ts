import { Recent } from "@troupe/core";
import type { Member } from "@troupe/registry";

import type { Death } from "../node/brain-port.js";
import type { Actor, Home } from "./actor-tree.js";

/**
 * Where a process stands: nobody asked for it yet; it starts, for the first time or again; it runs; it is
 * being removed; it ended.
 */
export type ProcessState = "idle" | "starting" | "up" | "leaving" | "ended";

/** A process of the cluster: a driver, a pool, or the agent of a host. */
export interface ProcessEntry extends Home {
  readonly name: string;
  readonly kind: "driver" | "pool" | "host";
  readonly host: string;
  readonly label: string | undefined;
  /** Its number among the pools of its machine. */
  readonly index: number;
  /** Indexes of the GPUs that it sees; all of its machine's when absent. */
  readonly gpus: readonly number[] | undefined;
  readonly isolation: "process" | "thread";
  /** Tasks of one core that run there side by side. */
  readonly cpu: number;
  /** Times that it was started again after it had died. */
  restarts: number;
  state: ProcessState;
  /** Of its present run, or of the last; `undefined` before the first. */
  pid: number | undefined;
  /** How it is reached; `undefined` while it does not run. */
  peer: Member | undefined;
  /** How its last run ended. */
  death: Death | undefined;
  readonly actors: Set<Actor>;
}

/** What is known of a process from the start. */
export interface NewProcess extends Pick<ProcessEntry, "name" | "kind" | "host"> {
  readonly label?: string | undefined;
  readonly gpus?: readonly number[] | undefined;
  readonly isolation?: "process" | "thread" | undefined;
  readonly cpu?: number | undefined;
}

/** The processes of a cluster, by name. */
export class ProcessTable {
  readonly #entries = new Map<string, ProcessEntry>();
  /** Kept beside the entries, because each placement goes through them. */
  readonly #pools: ProcessEntry[] = [];
  /** Pools that there were so far, on each host. */
  readonly #added = new Map<string, number>();
  /** Of processes that are not there any more. */
  readonly #deaths = new Recent<string, Death>(maxDeaths);

  get pools(): readonly ProcessEntry[] {
    return this.#pools;
  }

  get(name: string): ProcessEntry | undefined {
    return this.#entries.get(name);
  }

  all(): Iterable<ProcessEntry> {
    return this.#entries.values();
  }

  /** The processes of a host. */
  on(host: string): ProcessEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.host === host);
  }

  add(entry: NewProcess): ProcessEntry {
    const { name, kind, host, label, gpus, isolation = "process", cpu = 1 } = entry;
    const added: ProcessEntry = {
      name,
      kind,
      host,
      label,
      index: kind === "pool" ? this.#nextIndex(host) : -1,
      gpus,
      isolation,
      cpu,
      restarts: 0,
      state: "idle",
      pid: undefined,
      peer: undefined,
      death: undefined,
      actors: new Set(),
    };
    this.#entries.set(name, added);
    if (kind === "pool") this.#pools.push(added);
    return added;
  }

  starting(entry: ProcessEntry): void {
    if (entry.state !== "leaving") entry.state = "starting";
  }

  /** The process runs, and is reached so. */
  up(entry: ProcessEntry, peer: Member): void {
    if (entry.state !== "leaving") entry.state = "up";
    entry.pid = peer.process.pid;
    entry.peer = peer;
    // Those that were placed there before it ran.
    for (const actor of entry.actors) actor.pid = entry.pid;
  }

  down(entry: ProcessEntry, death: Death): void {
    if (entry.state !== "leaving") entry.state = "ended";
    entry.peer = undefined;
    entry.death = death;
  }

  /** No more actors are placed there. */
  leave(entry: ProcessEntry): void {
    entry.state = "leaving";
    const index = this.#pools.indexOf(entry);
    if (index !== -1) this.#pools.splice(index, 1);
  }

  /** The process ended, and will not come back. */
  remove(entry: ProcessEntry): void {
    this.#entries.delete(entry.name);
    if (entry.death) this.#deaths.set(entry.name, entry.death);
  }

  /** How a process ended that was removed, if that is not long ago. */
  deathOf(name: string): Death | undefined {
    return this.#deaths.get(name);
  }

  #nextIndex(host: string): number {
    const index = this.#added.get(host) ?? 0;
    this.#added.set(host, index + 1);
    return index;
  }
}

/** Deaths that are remembered. */
const maxDeaths = 1_024;
