import type { Columns, Schema } from "./schema/field.js";

/** Rows that no writer touches until they are released. */
export class Area<S extends Schema = Schema> {
  #release: (() => void) | undefined;

  /** @internal By `reader.acquire()`. */
  constructor(
    /**
     * For each column the numbers of the rows, one row after the other: views of the shared memory, which show
     * other rows soon after the release.
     */
    readonly columns: Columns<S>,
    /** Which rows they are, for `updatePriorities`. */
    readonly indices: Float64Array,
    /** Rows. */
    readonly size: number,
    /**
     * Whether the columns are copies: the rows do not stand beside each other in memory, as at the seam of the ring,
     * or where rows were removed or passed over. Nothing is held then.
     */
    readonly isCopy: boolean,
    release: (() => void) | undefined,
  ) {
    this.#release = release;
  }

  /** Lets writers at the rows again. Idempotent. */
  release(): void {
    this.#release?.();
    this.#release = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
