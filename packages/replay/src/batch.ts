import { elementArrays } from "@troupe/shm";

import type { Memory, Numbers } from "./memory/memory.js";
import type { ArrayOf, Columns, Schema } from "./schema/field.js";

/** Rows that were sampled, copied out of the buffer. */
export interface Batch<S extends Schema = Schema> {
  /** For each column the numbers of the rows, one row after the other. */
  readonly columns: Columns<S>;
  /** Which rows they are, for `updatePriorities`. A number stands for one row that was written, not for its place. */
  readonly indices: Float64Array;
  /** Importance weights, at most 1; all are 1 unless the sampler is `prioritized`. */
  readonly weights: Float32Array;
  /** Rows. */
  readonly size: number;
}

/** What a batch needs while it is filled: its columns as the words that are copied, and which rows were chosen. */
export interface Landing {
  readonly slots: Int32Array;
  readonly states: Int32Array;
  readonly parts: readonly (Uint32Array | Uint8Array)[];
}

/** Those of batches that were made here: a batch itself is plain data, and travels as such. */
const landings = new WeakMap<Batch, Landing>();

export function newBatch<S extends Schema>(memory: Memory, size: number): Batch<S> {
  const { schema } = memory.definition;
  const columns = memory.names.map((name, i) => {
    const Array = elementArrays[schema[name]!.type] as unknown as Float64ArrayConstructor;
    return new Array(size * memory.lengths[i]!);
  });
  const batch: Batch<S> = {
    columns: named<S>(memory.names, columns),
    indices: new Float64Array(size),
    weights: new Float32Array(size).fill(1),
    size,
  };
  landings.set(batch, {
    slots: new Int32Array(size),
    states: new Int32Array(size),
    parts: memory.columns.map((column, i) => column.landing(columns[i]!.buffer, size)),
  });
  return batch;
}

/** `undefined` for a batch that was made elsewhere. */
export function landingOf<S extends Schema>(batch: Batch<S>): Landing | undefined {
  return landings.get(batch);
}

/** Arrays as the columns of their names. */
export function named<S extends Schema>(names: readonly string[], columns: readonly Numbers[]): Columns<S> {
  return Object.fromEntries(
    names.map((name, i) => [name, columns[i] as unknown as ArrayOf<S[string]>]),
  ) as Columns<S>;
}
