interface Piece {
  offset: number;
  length: number;
}

/** The free pieces of a range of memory, in order, neighbours joined. */
export class FreeList {
  readonly #pieces: Piece[];
  readonly #whole: number;
  /** No piece is longer, so that a list without room is not searched each time. */
  #longest: number;

  constructor(offset: number, length: number) {
    this.#pieces = [{ offset, length }];
    this.#whole = length;
    this.#longest = length;
  }

  /** Whether nothing is taken. */
  get isWhole(): boolean {
    return this.#pieces[0]?.length === this.#whole;
  }

  /** Where a piece of that length begins, or `undefined`. The lowest that fits: its pages were touched before. */
  take(length: number): number | undefined {
    if (length > this.#longest) return undefined;
    const index = this.#pieces.findIndex((piece) => piece.length >= length);
    const piece = this.#pieces[index];
    if (piece === undefined) {
      this.#longest = this.#pieces.reduce((longest, { length }) => Math.max(longest, length), 0);
      return undefined;
    }
    const { offset } = piece;
    piece.offset += length;
    piece.length -= length;
    if (piece.length === 0) this.#pieces.splice(index, 1);
    return offset;
  }

  /** Gives back what {@link take} gave. */
  give(offset: number, length: number): void {
    const index = this.#firstAfter(offset);
    const before = this.#pieces[index - 1];
    const after = this.#pieces[index];
    const piece = { offset, length };
    let first = index;
    let end = index;
    if (before && before.offset + before.length === offset) {
      piece.offset = before.offset;
      piece.length += before.length;
      first--;
    }
    if (after?.offset === offset + length) {
      piece.length += after.length;
      end++;
    }
    this.#pieces.splice(first, end - first, piece);
    this.#longest = Math.max(this.#longest, piece.length);
  }

  #firstAfter(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#pieces[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
