import type { ActorRuntime } from "../runtime/runtime.js";
import { shared } from "../shared.js";
import { type ActorInfo, infoOf, statsRow, type StatsRow } from "./actor-info.js";
import { MethodHistory } from "./method-history.js";
import {
  checkMethodsOptions,
  type MethodInfo,
  methodRows,
  type MethodRow,
  type MethodsOptions,
  topMethods,
} from "./method-info.js";

const actorStatsOp = "actor-stats";
const methodStatsOp = "method-stats";
const actorInfosOp = "actor-infos";
const methodInfosOp = "method-infos";
/** Milliseconds that a process has to answer. */
const patience = 1_000;

/** What the actors of a cluster do: the head asks all pools, and whoever wants to know asks the head. */
export class Insight {
  /** At the head alone. */
  readonly #history = new MethodHistory();

  constructor(
    private readonly runtime: ActorRuntime,
    private readonly pools: () => readonly string[] = () => [],
  ) {
    const { node } = runtime;
    node.serve(actorStatsOp, () => Array.from(runtime.cells, statsRow));
    node.serve(methodStatsOp, () => methodRows(shared.methods));
    if (node.name !== node.head) return;
    node.serve(actorInfosOp, () => this.#actors());
    node.serve(methodInfosOp, (options) => this.#methods(options as MethodsOptions));
    node.onGone((process) => this.#history.ended(process));
  }

  /** Living actors, oldest first, and what each of them does. Takes a second at most. */
  actors(): Promise<ActorInfo[]> {
    const { node } = this.runtime;
    return node.request(node.head, actorInfosOp, {}) as Promise<ActorInfo[]>;
  }

  /**
   * What methods came to, by `Class.method`, over all processes. Of one that ended, or does not answer within a second, it
   * is what it said when it was asked last: counts never become less.
   *
   * @throws ERR_CONFIG
   */
  async methods(options: MethodsOptions = {}): Promise<MethodInfo[]> {
    const checked = checkMethodsOptions(options);
    const { node } = this.runtime;
    return (await node.request(node.head, methodInfosOp, checked)) as MethodInfo[];
  }

  async #actors(): Promise<ActorInfo[]> {
    const records = await this.runtime.node.brain.actors();
    // One that is made when it is needed is nowhere until then.
    const pools = new Set(records.map(({ pool }) => pool).filter((pool) => pool !== ""));
    const rows = new Map<number, StatsRow>();
    const silent = new Set<string>();
    await Promise.all(
      Array.from(pools, async (pool) => {
        const answer = await this.#ask<StatsRow>(pool, actorStatsOp);
        if (!answer) silent.add(pool);
        for (const row of answer ?? []) rows.set(row[0], row);
      }),
    );
    return records.map((record) => infoOf(record, rows.get(record.id), silent.has(record.pool)));
  }

  async #methods(options: MethodsOptions): Promise<MethodInfo[]> {
    const processes = [this.runtime.node.head, ...this.pools()];
    await Promise.all(
      processes.map(async (process) => {
        const rows = await this.#ask<MethodRow>(process, methodStatsOp);
        if (rows) this.#history.said(process, rows);
      }),
    );
    return topMethods(this.#history.rows(), checkMethodsOptions(options));
  }

  /** What a process answers; `undefined` for one that does not, whatever keeps it. */
  async #ask<T>(process: string, op: string): Promise<readonly T[] | undefined> {
    try {
      return (await this.runtime.node.request(process, op, {}, { timeout: patience })) as readonly T[];
    } catch (error) {
      this.runtime.node.log.debug({ err: error, process, op }, "a process does not say what it does");
      return undefined;
    }
  }
}
