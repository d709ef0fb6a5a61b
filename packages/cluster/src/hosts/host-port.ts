import type { Member } from "@troupe/registry";

import type { PoolOptions } from "../agent/pool-options.js";
import type { Death, MaybePromise } from "../node/brain-port.js";
import type { OutputLine } from "../output/output-sink.js";

/** A host's agent as the cluster uses it, whether it is in this process or on another machine. Pools go by their names. */
export interface HostPort {
  /** Makes a pool, which is not started yet. @throws ERR_CONFIG for options that this host cannot meet */
  addPool(name: string, options: PoolOptions): MaybePromise<void>;
  /** Starts a pool if it does not run. Nobody waits for it, and it keeps nobody alive. */
  startPool(name: string): void;
  /** Sees to it that a pool runs. @throws ERR_ACTOR_START; ERR_CLOSED when it was removed */
  ensurePool(name: string): Promise<void>;
  /** Ends the present run of a pool at once. What becomes of it then is as after any other death. */
  killPool(name: string): void;
  /** Ends a pool for good: in order, by force when that takes too long. */
  removePool(name: string): Promise<void>;
  /** Whether what pools write is read. */
  flow(flowing: boolean): void;
  /** Ends all pools, and leaves nothing behind. */
  close(): Promise<void>;
}

/** What a host's agent tells of its pools, in the order in which it happened. */
export interface HostEvents {
  onStarting(pool: string): void;
  /** @param restarts Times that it was started again after it had died. */
  onUp(pool: string, peer: Member, restarts: number): void;
  /** @param wasUp Whether it had got up in this run. */
  onDown(pool: string, death: Death, wasUp: boolean): void;
  /** @returns Whether to go on reading; else {@link HostPort.flow} says when. */
  onLine(line: OutputLine): boolean;
}
