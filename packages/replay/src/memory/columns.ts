import { longRow } from "./long-row.js";

/** Where a column's rows are in memory, as whole words where that is possible: copies need not know what they copy. */
export interface Column {
  /** An array of the parts that {@link gather} fills, over memory of somebody else. */
  landing(buffer: ArrayBufferLike, rows: number): Uint32Array | Uint8Array;
  /** Copies the rows in `slots[from..to)` to the places from..to of a landing. */
  gather(slots: Int32Array, from: number, to: number, landing: Uint32Array | Uint8Array): void;
}

/** Rows of a multiple of 4 bytes. A class of its own for each width keeps the loops monomorphic. */
class WordColumn implements Column {
  readonly #words: Uint32Array;
  readonly #row: number;

  constructor(buffer: ArrayBufferLike, offset: number, rowBytes: number, rows: number) {
    this.#row = rowBytes / 4;
    this.#words = new Uint32Array(buffer, offset, rows * this.#row);
  }

  landing(buffer: ArrayBufferLike, rows: number): Uint32Array {
    return new Uint32Array(buffer, 0, rows * this.#row);
  }

  gather(slots: Int32Array, from: number, to: number, landing: Uint32Array): void {
    const words = this.#words;
    const row = this.#row;
    if (row === 1) {
      for (let i = from; i < to; i++) landing[i] = words[slots[i]!]!;
    } else if (row < longRow) {
      let at = from * row;
      for (let i = from; i < to; i++) {
        const start = slots[i]! * row;
        const end = start + row;
        for (let j = start; j < end; j++) landing[at++] = words[j]!;
      }
    } else {
      for (let i = from; i < to; i++) {
        const start = slots[i]! * row;
        landing.set(words.subarray(start, start + row), i * row);
      }
    }
  }
}

/** Rows of any other number of bytes. */
class ByteColumn implements Column {
  readonly #bytes: Uint8Array;
  readonly #row: number;

  constructor(buffer: ArrayBufferLike, offset: number, rowBytes: number, rows: number) {
    this.#row = rowBytes;
    this.#bytes = new Uint8Array(buffer, offset, rows * rowBytes);
  }

  landing(buffer: ArrayBufferLike, rows: number): Uint8Array {
    return new Uint8Array(buffer, 0, rows * this.#row);
  }

  gather(slots: Int32Array, from: number, to: number, landing: Uint8Array): void {
    const bytes = this.#bytes;
    const row = this.#row;
    if (row === 1) {
      for (let i = from; i < to; i++) landing[i] = bytes[slots[i]!]!;
    } else if (row < longRow) {
      let at = from * row;
      for (let i = from; i < to; i++) {
        const start = slots[i]! * row;
        const end = start + row;
        for (let j = start; j < end; j++) landing[at++] = bytes[j]!;
      }
    } else {
      for (let i = from; i < to; i++) {
        const start = slots[i]! * row;
        landing.set(bytes.subarray(start, start + row), i * row);
      }
    }
  }
}

/** The column at `offset` of the memory, a multiple of 8. */
export function columnOf(buffer: ArrayBufferLike, offset: number, rowBytes: number, rows: number): Column {
  const Column = rowBytes % 4 === 0 ? WordColumn : ByteColumn;
  return new Column(buffer, offset, rowBytes, rows);
}
