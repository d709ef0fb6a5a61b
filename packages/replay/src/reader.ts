import { checkKnown, TroupeError, type WaitOptions } from "@troupe/core";

import type { Area } from "./area.js";
import { type Batch, landingOf, newBatch } from "./batch.js";
import { Gathering } from "./gathering.js";
import { Limiter } from "./limiter.js";
import type { Head, Heads } from "./memory/heads.js";
import type { Memory } from "./memory/memory.js";
import { versionOf } from "./memory/row-state.js";
import { checkExponent } from "./policies.js";
import { Priorities } from "./priorities.js";
import { type Picker, pickerFor } from "./sampler/sampler.js";
import type { Schema } from "./schema/field.js";
import { blockUntil, checkWait, until } from "./waiting.js";
import { Walk } from "./walk.js";

/** How a reader gets on when it cannot sample. */
export interface ReaderOptions {
  /** Milliseconds that `sample` and `acquire` block this thread until there are rows; 0, not at all, by default. */
  readonly wait?: number | undefined;
}

/** Of one batch. */
export interface SampleOptions<S extends Schema = Schema> {
  /** A batch of as many rows of this buffer, from `sample` in this process, that is filled and given again. */
  readonly into?: Batch<S> | undefined;
  /** Of the sampler `prioritized`, for this batch. */
  readonly beta?: number | undefined;
}

/** A read head. It belongs to the thread that made it. */
export class Reader<S extends Schema = Schema> {
  readonly #memory: Memory;
  readonly #heads: Heads;
  readonly #head: Head;
  readonly #limiter: Limiter;
  readonly #picker: Picker;
  readonly #gathering: Gathering;
  readonly #priorities: Priorities;
  readonly #walk: Walk<S>;
  readonly #wait: number;

  /** @internal By `replay.reader()`. */
  constructor(memory: Memory, heads: Heads, options: ReaderOptions = {}) {
    checkKnown("reader()", options, ["wait"]);
    const { wait = 0 } = options;
    checkWait(wait);
    this.#memory = memory;
    this.#heads = heads;
    this.#head = heads.claim("readers");
    this.#limiter = new Limiter(memory);
    this.#picker = pickerFor(memory, this.#head);
    this.#gathering = new Gathering(memory, this.#head.index, this.#picker);
    this.#priorities = new Priorities(memory, this.#head);
    this.#walk = new Walk(memory, this.#head.index);
    this.#wait = wait;
  }

  /** The number of this head among the buffer's, as in its statistics. */
  get head(): number {
    return this.#head.index;
  }

  /**
   * A batch of `n` rows. `undefined` when there is none within the head's `wait`: too few rows, or the rate limiter
   * does not let it.
   *
   * @throws ERR_CONFIG for a number of rows that is none or above the capacity, an `into` that does not fit, and options
   * that nothing reads; ERR_CLOSED.
   */
  sample(n: number, options?: SampleOptions<S>): Batch<S> | undefined {
    if (options !== undefined) checkKnown("sample()", options, ["into", "beta"]);
    this.#checkCount(n);
    const batch = this.#room(n, options);
    if (this.#fill(batch, options?.beta)) return batch;
    this.#head.add("waited", 1);
    return this.#wait === 0
      ? undefined
      : blockUntil(this.#wait, () => (this.#fill(batch, options?.beta) ? batch : undefined));
  }

  /**
   * A batch of `n` rows as soon as there is one, without blocking the thread.
   *
   * @throws as {@link sample}, ERR_TIMEOUT, ERR_CANCELLED
   */
  async next(n: number, options: SampleOptions<S> & WaitOptions = {}): Promise<Batch<S>> {
    checkKnown("next()", options, ["into", "beta", "timeout", "signal"]);
    this.#checkCount(n);
    const batch = this.#room(n, options);
    if (this.#fill(batch, options.beta)) return batch;
    this.#head.add("waited", 1);
    const attempt = () => (this.#fill(batch, options.beta) ? batch : undefined);
    return until(`a batch of ${n} rows of a replay buffer`, attempt, options);
  }

  /**
   * The next `n` rows in the order of writing that this head has not had, in place: no writer touches them until
   * they are released. Rows that were overwritten before this head came to them are left out. `undefined` when there
   * are not so many within the head's `wait`.
   *
   * @throws ERR_CONFIG for a number of rows that is none or above the capacity, and for a buffer whose remover is not
   * `fifo`; ERR_NO_RESOURCES when 32 areas are held already; ERR_CLOSED.
   */
  acquire(n: number): Area<S> | undefined {
    this.#checkCount(n);
    if (this.#memory.definition.remover.kind !== "fifo")
      throw new TroupeError(
        "ERR_CONFIG",
        "Safe areas need the order of writing: a replay buffer with the remover fifo().",
      );
    const area = this.#walk.take(n);
    if (area !== undefined) return area;
    this.#heads.census(this.#head);
    return this.#wait === 0 ? undefined : blockUntil(this.#wait, () => this.#walk.take(n));
  }

  /**
   * Gives rows new priorities, by the indices of a batch. Rows that were overwritten or removed since are left out;
   * says how many were there.
   *
   * @throws ERR_CONFIG for a priority that is no number from 0 on, for another number of them than of indices, and
   * for a buffer that does not go by priorities.
   */
  updatePriorities(indices: ArrayLike<number>, priorities: ArrayLike<number>): number {
    this.#head.checkOpen();
    return this.#priorities.update(indices, priorities);
  }

  /** Releases its areas and gives the head back. Idempotent. */
  close(): void {
    this.#head.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #fill(batch: Batch<S>, beta: number | undefined): boolean {
    this.#head.checkOpen();
    const { size, indices, weights } = batch;
    const landing = landingOf(batch)!;
    const { slots, states } = landing;
    this.#head.begin();
    const mayBegin = this.#limiter.beginSamples(size);
    if (!mayBegin || !this.#gathering.fill(landing)) {
      if (mayBegin) this.#limiter.samplesFailed(size);
      this.#head.end();
      this.#heads.census(this.#head);
      return false;
    }
    for (let i = 0; i < size; i++) indices[i] = versionOf(states[i]!) * this.#memory.capacity + slots[i]!;
    this.#picker.weigh?.(slots, weights, size, beta);
    const removed = this.#gathering.end(landing);
    this.#limiter.samplesDone(size);
    this.#head.add("sampled", size);
    this.#head.add("removed", removed);
    this.#head.end();
    return true;
  }

  #room(n: number, { into, beta }: SampleOptions<S> = {}): Batch<S> {
    if (beta !== undefined) checkExponent("beta", beta);
    if (into === undefined) return newBatch(this.#memory, n);
    const landing = landingOf(into);
    const fits =
      landing?.parts.length === this.#memory.columns.length &&
      into.size === n &&
      this.#memory.names.every((name, i) => {
        const column = into.columns[name];
        return (
          column?.constructor === this.#memory.arrays[i]!.constructor &&
          column.length === n * this.#memory.lengths[i]!
        );
      });
    if (fits) return into;
    throw new TroupeError(
      "ERR_CONFIG",
      `into is a batch of ${n} rows that sample() of this replay buffer gave in this process before; this is none.`,
    );
  }

  #checkCount(n: number): void {
    this.#head.checkOpen();
    const { capacity } = this.#memory;
    if (Number.isSafeInteger(n) && n > 0 && n <= capacity) return;
    throw new TroupeError(
      "ERR_CONFIG",
      `A batch has 1 to ${capacity} rows, the capacity of the replay buffer; not ${String(n)}.`,
      { details: { capacity } },
    );
  }
}
