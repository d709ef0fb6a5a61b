import { TroupeError } from "@troupe/core";

/** How `byteLength` bytes are cut into chunks: all of `size` bytes, but for the last, which is what is left. */
export class Chunks {
  readonly count: number;

  /** @throws ERR_CONFIG unless both are whole numbers, `byteLength` from 0 and `size` from 1. */
  constructor(
    readonly byteLength: number,
    readonly size: number,
  ) {
    if (!Number.isSafeInteger(byteLength) || byteLength < 0 || !Number.isSafeInteger(size) || size < 1) {
      throw new TroupeError("ERR_CONFIG", `No chunks of ${size} bytes can be cut of ${byteLength} bytes.`);
    }
    this.count = Math.ceil(byteLength / size);
  }

  /** Where chunk `index` begins, in bytes. */
  offset(index: number): number {
    return index * this.size;
  }

  /** Bytes of chunk `index`. */
  length(index: number): number {
    return Math.min(this.size, this.byteLength - this.offset(index));
  }

  /** The chunks that bytes `offset` to `offset + length` are in: from `first` to before `end`. */
  covering(offset: number, length: number): { readonly first: number; readonly end: number } {
    return { first: Math.floor(offset / this.size), end: Math.ceil((offset + length) / this.size) };
  }
}
