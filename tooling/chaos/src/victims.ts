import type { PoolInfo } from "@troupe/dist";
import type { ProcessVictim } from "@troupe/testkit";

/** What a pool's counters had acknowledged when this run of it was first seen. */
interface Run {
  readonly pid: number;
  readonly acknowledged: number;
}

/**
 * Which pools are to be killed: those that have acknowledged something since they were started. On a slow machine all
 * might else be killed again and again before they come to anything, and nothing would be under way.
 */
export class Victims {
  /** Of all runs of pools that were seen. */
  readonly pids = new Set<number>();
  readonly #acknowledged = new Map<string, number>();
  readonly #runs = new Map<string, Run>();

  /** A counter of that pool has acknowledged a call. */
  note(pool: string): void {
    this.#acknowledged.set(pool, this.#acknowledgedBy(pool) + 1);
  }

  among(pools: readonly PoolInfo[]): ProcessVictim[] {
    const up = pools.flatMap(({ id, pid, state }) => (state === "up" && pid ? [{ name: id, pid }] : []));
    return up.filter((pool) => this.#hasServed(pool));
  }

  #hasServed({ name: id, pid }: ProcessVictim): boolean {
    const acknowledged = this.#acknowledgedBy(id);
    const run = this.#runs.get(id);
    if (run?.pid === pid) return acknowledged > run.acknowledged;
    this.#runs.set(id, { pid, acknowledged });
    this.pids.add(pid);
    return false;
  }

  #acknowledgedBy(pool: string): number {
    return this.#acknowledged.get(pool) ?? 0;
  }
}
