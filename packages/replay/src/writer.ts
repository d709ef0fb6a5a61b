import { inspect } from "node:util";

import { checkKnown, TroupeError, type WaitOptions } from "@troupe/core";
import { threadMark } from "@troupe/shm";

import { Limiter } from "./limiter.js";
import { ownerOf } from "./memory/areas.js";
import type { Head, Heads } from "./memory/heads.js";
import type { Memory } from "./memory/memory.js";
import type { OnSafeArea, Refusal } from "./placement/placement.js";
import { checkPriorities } from "./priorities.js";
import type { ColumnsToWrite, Row, Schema } from "./schema/field.js";
import { blockUntil, checkWait, until } from "./waiting.js";
import { Writing } from "./writing.js";

/** How a writer gets on when it cannot write. */
export interface WriterOptions {
  /** Milliseconds that `write` blocks this thread until there is room; 0, not at all, by default. */
  readonly wait?: number | undefined;
  /**
   * What it does when it meets rows in a reader's safe area: `skip` them and go on behind (by default), `wait` until
   * they are released, or `drop` what was to be written.
   */
  readonly onSafeArea?: OnSafeArea | undefined;
}

/** Of one row that is written. */
export interface WriteOptions {
  /** The greatest there was by default. Of no effect where the buffer does not go by priorities. */
  readonly priority?: number | undefined;
}

/** Of many rows that are written at once. */
export interface WriteBatchOptions {
  /** One for each row. Of no effect where the buffer does not go by priorities. */
  readonly priorities?: ArrayLike<number> | undefined;
}

type Outcome = "written" | "dropped";

const waitOptions = ["timeout", "signal"] as const;

/**
 * A write head. It belongs to the thread that made it.
 *
 * A row that `write` gave true for is there whatever happens to this process afterwards.
 */
export class Writer<S extends Schema = Schema> {
  readonly #memory: Memory;
  readonly #heads: Heads;
  readonly #head: Head;
  readonly #limiter: Limiter;
  readonly #writing: Writing;
  readonly #wait: number;
  readonly #onSafeArea: OnSafeArea;

  /** @internal By `replay.writer()`. */
  constructor(memory: Memory, heads: Heads, options: WriterOptions = {}) {
    checkKnown("writer()", options, ["wait", "onSafeArea"]);
    const { wait = 0, onSafeArea = "skip" } = options;
    checkWait(wait);
    if (!["wait", "skip", "drop"].includes(onSafeArea))
      throw new TroupeError("ERR_CONFIG", `onSafeArea is wait, skip or drop, not ${inspect(onSafeArea)}.`);
    this.#memory = memory;
    this.#heads = heads;
    this.#head = heads.claim("writers");
    this.#limiter = new Limiter(memory);
    this.#writing = new Writing(memory, this.#head);
    this.#wait = wait;
    this.#onSafeArea = onSafeArea;
  }

  /** The columns of a row. */
  get schema(): S {
    return this.#memory.definition.schema as S;
  }

  /** The number of this head among the buffer's, as in its statistics. */
  get head(): number {
    return this.#head.index;
  }

  /**
   * Writes a row. False when it cannot within the head's `wait`: the rate limiter, or readers that hold the rows,
   * do not let it; or it was dropped.
   *
   * @throws ERR_SCHEMA for a column that is missing, unknown or of another shape, and for a number that a column of
   * integers cannot hold; ERR_CONFIG for options that nothing reads, and a priority that is none;
   * ERR_DEADLOCK when it would wait for an area that this thread itself holds; ERR_CLOSED.
   */
  write(row: Row<S>, options?: WriteOptions): boolean {
    this.#writing.rows.check(row);
    if (options !== undefined) {
      checkKnown("write()", options, ["priority"]);
      checkPriority(options.priority);
    }
    const outcome = this.#tryRow(row, options) ?? this.#block(() => this.#tryRow(row, options));
    return outcome === "written";
  }

  /**
   * Writes many rows, all or none; false as for {@link write}.
   *
   * @throws as {@link write}, and ERR_CONFIG for more rows than the buffer holds.
   */
  writeBatch(columns: ColumnsToWrite<S>, options?: WriteBatchOptions): boolean {
    if (options !== undefined) checkKnown("writeBatch()", options, ["priorities"]);
    const count = this.#checkBatch(columns, options?.priorities);
    const attempt = () => this.#tryColumns(columns, count, options?.priorities);
    return (attempt() ?? this.#block(attempt)) === "written";
  }

  /**
   * Writes a row as soon as it can, without blocking the thread; false when it was dropped. The row is read when it
   * is written, so leave it as it is until then.
   *
   * @throws as {@link write}, ERR_TIMEOUT, ERR_CANCELLED
   */
  async insert(row: Row<S>, options: WriteOptions & WaitOptions = {}): Promise<boolean> {
    checkKnown("insert()", options, ["priority", ...waitOptions]);
    this.#writing.rows.check(row);
    checkPriority(options.priority);
    return this.#insert(() => this.#tryRow(row, options), options);
  }

  /** As {@link insert}, for many rows: all or none. */
  async insertBatch(
    columns: ColumnsToWrite<S>,
    options: WriteBatchOptions & WaitOptions = {},
  ): Promise<boolean> {
    checkKnown("insertBatch()", options, ["priorities", ...waitOptions]);
    const count = this.#checkBatch(columns, options.priorities);
    return this.#insert(() => this.#tryColumns(columns, count, options.priorities), options);
  }

  /** Gives the head back. Idempotent. */
  close(): void {
    this.#head.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Tries for as long as the head waits; the first try has failed. */
  #block(attempt: () => Outcome | undefined): Outcome | undefined {
    this.#head.add("waited", 1);
    if (this.#wait === 0) return undefined;
    return blockUntil(this.#wait, () => {
      this.#checkDeadlock();
      return attempt();
    });
  }

  async #insert(attempt: () => Outcome | undefined, options: WaitOptions): Promise<boolean> {
    let outcome = attempt();
    if (outcome === undefined) {
      this.#head.add("waited", 1);
      outcome = await until("insert into a replay buffer", attempt, options);
    }
    return outcome === "written";
  }

  #tryRow(row: Row<S>, options?: WriteOptions): Outcome | undefined {
    const refusal = this.#claim(1);
    if (refusal !== undefined) return this.#refused(refusal, 1);
    this.#writing.putRow(row);
    this.#finish(1, options?.priority);
    return "written";
  }

  #tryColumns(
    columns: ColumnsToWrite<S>,
    count: number,
    priorities: ArrayLike<number> | undefined,
  ): Outcome | undefined {
    if (count === 0) return "written";
    const refusal = this.#claim(count);
    if (refusal !== undefined) return this.#refused(refusal, count);
    this.#writing.putColumns(columns, count);
    this.#finish(count, priorities);
    return "written";
  }

  #claim(count: number): Refusal | "limit" | undefined {
    this.#head.checkOpen();
    this.#head.begin();
    if (!this.#limiter.beginInserts(count)) {
      this.#head.end();
      return "limit";
    }
    const refusal = this.#writing.claim(count, this.#onSafeArea);
    const { passed } = this.#writing.placement;
    if (passed > 0) this.#head.add("skipped", passed);
    if (refusal === undefined) return undefined;
    this.#limiter.insertsFailed(count);
    this.#head.end();
    return refusal;
  }

  /** Everything but the columns, once these are written. */
  #finish(count: number, priorities: number | ArrayLike<number> | undefined): void {
    const more = this.#writing.publish(count, priorities);
    this.#limiter.insertsDone(count);
    this.#head.add("inserted", count);
    this.#head.add("removed", count - more);
    this.#head.end();
    if (this.#writing.placement.metOthers) this.#heads.census(this.#head);
  }

  #refused(refusal: Refusal | "limit", count: number): Outcome | undefined {
    this.#heads.census(this.#head);
    if (refusal === "area" && this.#onSafeArea === "drop") {
      this.#head.add("dropped", count);
      return "dropped";
    }
    return undefined;
  }

  #checkDeadlock(): void {
    const { area } = this.#writing.placement;
    if (area < 0 || ownerOf(this.#memory, area) !== threadMark()) return;
    throw new TroupeError(
      "ERR_DEADLOCK",
      "The writer would wait for a safe area that this thread holds itself; release() it first, or write with onSafeArea: skip or drop.",
    );
  }

  #checkBatch(columns: ColumnsToWrite<S>, priorities: ArrayLike<number> | undefined): number {
    const count = this.#writing.rows.checkColumns(columns);
    if (count > this.#memory.capacity) {
      throw new TroupeError(
        "ERR_CONFIG",
        `${count} rows do not fit into a replay buffer whose capacity is ${this.#memory.capacity}; write fewer at once.`,
      );
    }
    if (priorities === undefined) return count;
    if (priorities.length !== count)
      throw new TroupeError("ERR_CONFIG", `There are ${count} rows, and ${priorities.length} priorities.`);
    checkPriorities(priorities);
    return count;
  }
}

function checkPriority(priority: number | undefined): void {
  if (priority !== undefined) checkPriorities([priority]);
}
