import { checkKnown, TroupeError } from "@troupe/core";

import type { Batch } from "./batch.js";
import type { Numbers } from "./memory/memory.js";
import { Random } from "./random.js";
import type { SampleOptions } from "./reader.js";
import type { Columns, ColumnsToWrite, Row, Schema } from "./schema/field.js";
import type { ReplayStats } from "./statistics.js";
import type { WriteBatchOptions, WriteOptions } from "./writer.js";

/** One of the buffers of {@link ReplayShards}: a `ReplayBuffer` is one, and so is a reference to one of another host. */
export interface ReplayShard<S extends Schema = Schema> {
  readonly size: number | PromiseLike<number>;
  write(row: Row<S>, options?: WriteOptions): boolean | PromiseLike<boolean>;
  writeBatch(columns: ColumnsToWrite<S>, options?: WriteBatchOptions): boolean | PromiseLike<boolean>;
  sample(n: number, options?: SampleOptions<S>): Batch<S> | undefined | PromiseLike<Batch<S> | undefined>;
  updatePriorities(indices: ArrayLike<number>, priorities: ArrayLike<number>): number | PromiseLike<number>;
  stats(): ReplayStats | PromiseLike<ReplayStats>;
}

/**
 * Several buffers as one, of this host or served by others: writes go to them in turn, and each row of a batch comes
 * from one of them with a probability in proportion to its size. So with `uniform()` each row of all has the same.
 *
 * ```ts
 * const Replay = dist(ReplayBuffer, import.meta);
 * const shards = new ReplayShards([await Replay.with({ host: "a" }).create(options), await Replay.with({ host: "b" }).create(options)]);
 * await shards.write(row);
 * const batch = await shards.sample(256);
 * await shards.updatePriorities(batch!.indices, priorities);
 * ```
 *
 * Indices know their shard. Importance weights are each over the greatest of the shard's own part of the batch.
 */
export class ReplayShards<S extends Schema = Schema> {
  readonly #shards: readonly ReplayShard<S>[];
  readonly #random: Random;
  #turn = 0;

  /**
   * @param shards Of the same columns; their order is part of the indices.
   * @param options `seed`: for draws that are the same in each run.
   * @throws ERR_CONFIG when there is none, and for options that nothing reads.
   */
  constructor(shards: readonly ReplayShard<S>[], options: { readonly seed?: number | undefined } = {}) {
    checkKnown("new ReplayShards", options, ["seed"]);
    if (shards.length === 0)
      throw new TroupeError("ERR_CONFIG", "ReplayShards takes one replay buffer at least.");
    this.#shards = [...shards];
    this.#random = new Random(options.seed);
  }

  /** Rows of all. */
  async size(): Promise<number> {
    return (await this.#sizes()).reduce((sum, size) => sum + size, 0);
  }

  /** Writes a row to the next shard that takes it; false when none does. */
  async write(row: Row<S>, options?: WriteOptions): Promise<boolean> {
    return this.#inTurn((shard) => shard.write(row, options));
  }

  /** Writes rows to the next shard that takes them, all to one; false when none does. */
  async writeBatch(columns: ColumnsToWrite<S>, options?: WriteBatchOptions): Promise<boolean> {
    return this.#inTurn((shard) => shard.writeBatch(columns, options));
  }

  /**
   * A batch of rows of all, those of one shard beside each other; `undefined` when a shard that was to give some has
   * too few, or does not let it.
   *
   * @throws ERR_CONFIG for options that nothing reads, and as the shards' own does.
   */
  async sample(n: number, options: Pick<SampleOptions<S>, "beta"> = {}): Promise<Batch<S> | undefined> {
    checkKnown("sample() of ReplayShards", options, ["beta"]);
    const counts = this.#draw(n, await this.#sizes());
    if (counts === undefined) return undefined;
    const parts = await Promise.all(
      this.#shards.map(async (shard, i) => (counts[i]! > 0 ? shard.sample(counts[i]!, options) : null)),
    );
    if (parts.includes(undefined)) return undefined;
    return this.#joined(n, parts as (Batch<S> | null)[]);
  }

  /** Gives rows new priorities, by the indices of a batch of {@link sample}. Says how many were still there. */
  async updatePriorities(indices: ArrayLike<number>, priorities: ArrayLike<number>): Promise<number> {
    if (indices.length !== priorities.length) {
      throw new TroupeError(
        "ERR_CONFIG",
        `There are ${indices.length} indices, and ${priorities.length} priorities.`,
      );
    }
    const shards = this.#shards.length;
    const given = this.#shards.map(() => ({ indices: [] as number[], priorities: [] as number[] }));
    for (let i = 0; i < indices.length; i++) {
      const part = given[indices[i]! % shards]!;
      part.indices.push(Math.floor(indices[i]! / shards));
      part.priorities.push(priorities[i]!);
    }
    const updated = await Promise.all(
      given.map(async (part, i) =>
        part.indices.length === 0
          ? 0
          : this.#shards[i]!.updatePriorities(
              Float64Array.from(part.indices),
              Float64Array.from(part.priorities),
            ),
      ),
    );
    return updated.reduce((sum, count) => sum + count, 0);
  }

  /** Of each shard. */
  async stats(): Promise<ReplayStats[]> {
    return Promise.all(this.#shards.map(async (shard) => shard.stats()));
  }

  async #sizes(): Promise<number[]> {
    return Promise.all(this.#shards.map(async (shard) => shard.size));
  }

  async #inTurn(attempt: (shard: ReplayShard<S>) => boolean | PromiseLike<boolean>): Promise<boolean> {
    const { length } = this.#shards;
    const first = this.#turn++ % length;
    for (let i = 0; i < length; i++) if (await attempt(this.#shards[(first + i) % length]!)) return true;
    return false;
  }

  /** How many of `n` rows each gives; nothing when there is no row. */
  #draw(n: number, sizes: readonly number[]): number[] | undefined {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total === 0) return undefined;
    const counts = sizes.map(() => 0);
    for (let i = 0; i < n; i++) {
      let at = this.#random.fine() * total;
      let shard = 0;
      while (at >= sizes[shard]! && shard < sizes.length - 1) at -= sizes[shard++]!;
      counts[shard]!++;
    }
    return counts;
  }

  #joined(size: number, parts: readonly (Batch<S> | null)[]): Batch<S> {
    const there = parts.filter((part) => part !== null);
    const indices = new Float64Array(size);
    const weights = new Float32Array(size);
    let at = 0;
    for (const [shard, part] of parts.entries()) {
      if (part === null) continue;
      for (let i = 0; i < part.size; i++) indices[at + i] = part.indices[i]! * parts.length + shard;
      weights.set(part.weights, at);
      at += part.size;
    }
    const columns = Object.keys(there[0]!.columns).map((name) => [
      name,
      concatenated(there.map((part) => part.columns[name] as unknown as Numbers)),
    ]);
    return { columns: Object.fromEntries(columns) as Columns<S>, indices, weights, size };
  }
}

function concatenated(arrays: readonly Numbers[]): Numbers {
  const Numbers = arrays[0]!.constructor as Float64ArrayConstructor;
  const all = new Numbers(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
