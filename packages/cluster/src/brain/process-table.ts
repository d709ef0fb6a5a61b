import type { Member } from "@troupe/registry";

import type { Death } from "../node/brain-port.js";
import type { Actor, Home } from "./actor-tree.js";

/**
 * Where a process stands: nobody asked for it yet; it starts, for the first time or again; it runs; it is
 * being removed; it ended.
 */
export type ProcessState = "idle" | "starting" | "up" | "leaving" | "ended";

/** A process of the cluster: the driver, or a pool. */
export interface ProcessEntry extends Home {
  readonly name: string;
  readonly kind: "driver" | "pool";
  readonly host: string;
  readonly label: string | undefined;
  /** Its number among the pools of its machine. */
  readonly index: number;
  /** Indexes of the GPUs that it sees; all of its machine's when absent. */
  readonly gpus: readonly number[] | undefined;
  state: ProcessState;
  /** Of its present run, or of the last; `undefined` before the first. */
  pid: number | undefined;
  /** How it is reached; `undefined` while it does not run. */
  peer: Member | undefined;
  /** How its last run ended. */
  death: Death | undefined;
  readonly actors: Set<Actor>;
}

/** The processes of a cluster, by name. */
export class ProcessTable {
  readonly #entries = new Map<string, ProcessEntry>();
  /** Kept beside the entries, because each placement goes through them. */
  readonly #pools: ProcessEntry[] = [];
  /** Pools that there were so far. */
  #added = 0;

  get pools(): readonly ProcessEntry[] {
    return this.#pools;
  }

  get(name: string): ProcessEntry | undefined {
    return this.#entries.get(name);
  }

  add(entry: Pick<ProcessEntry, "name" | "kind" | "host"> & Partial<ProcessEntry>): ProcessEntry {
    const { name, kind, host, label, gpus } = entry;
    const added: ProcessEntry = {
      name,
      kind,
      host,
      label,
      index: kind === "pool" ? this.#added++ : -1,
      gpus,
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
    entry.state = "ended";
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
  }
}
