import type { Logger } from "@troupe/core";

import type { ActorRecord, Death } from "./node/brain-port.js";

/** A machine of a cluster. */
export interface HostInfo {
  /** `host-0`. */
  readonly name: string;
  readonly hostname: string;
  /** Cores that this process may use. */
  readonly cores: number;
  /** Bytes of memory. */
  readonly memory: number;
  /** Names of its pools. */
  readonly pools: readonly string[];
}

/** A pool as it is now. */
export interface PoolInfo {
  /** Its name: `pool-0`. */
  readonly id: string;
  readonly host: string;
  readonly label: string | undefined;
  readonly isolation: "process" | "thread";
  /** Tasks of one core that run there side by side: the cores that it is bound to, 1 for one that is bound to none. */
  readonly cpu: number;
  /** `idle` until something is placed there for the first time. */
  readonly state: "idle" | "starting" | "up" | "leaving" | "ended";
  /** Of its present run, or of the last; `undefined` before the first. */
  readonly pid: number | undefined;
  /** Actors that live there, or are about to. */
  readonly actors: number;
  /** Times that it was started again after it had died. */
  readonly restarts: number;
}

/** A message that reached nobody, or whose failure nobody waits for. */
export interface DeadLetter {
  /** Path of the actor, or its id where the path is not known. */
  readonly actor: string | number;
  readonly method: string;
  readonly error: unknown;
}

/** What a cluster tells of, and with what. */
export interface ClusterEvents {
  "host-joined": HostInfo;
  "host-left": HostInfo;
  /** A pool ended that nobody had asked to; it is being started again. */
  "pool-died": Death;
  "pool-recovered": PoolInfo;
  /** A pool was added, runs, ended, or is being removed. */
  "pool-changed": PoolInfo;
  "actor-died": { readonly actor: ActorRecord; readonly reason: string | undefined };
  "dead-letter": DeadLetter;
}

/** Listeners of a cluster's events. One that throws is logged, and keeps nobody else from hearing. */
export class EventListeners {
  readonly #listeners = new Map<string, Set<(event: never) => void>>();

  constructor(private readonly log: Logger) {}

  /** @returns Takes the listener away. */
  on<K extends keyof ClusterEvents>(name: K, listener: (event: ClusterEvents[K]) => void): () => void {
    let listeners = this.#listeners.get(name);
    if (!listeners) this.#listeners.set(name, (listeners = new Set()));
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<K extends keyof ClusterEvents>(name: K, event: ClusterEvents[K]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        (listener as (event: ClusterEvents[K]) => void)(event);
      } catch (error) {
        this.log.error({ err: error, event: name }, "a listener of the cluster failed");
      }
    }
  }
}
