/**
 * Positions in the order of writing, in one word: they go from 0 to a multiple of the capacity below 2^31 and begin
 * again, so the row of each is its remainder and no counter overflows. Two are compared by the way from one to the other.
 */
export class Positions {
  readonly #span: number;

  constructor(readonly capacity: number) {
    this.#span = capacity * Math.floor((2 ** 31 - 1) / capacity);
  }

  /** The row that is written at a position. */
  slot(position: number): number {
    return position % this.capacity;
  }

  /** `position` moved by less than a round, forth or back. */
  move(position: number, by: number): number {
    const moved = position + by;
    return moved >= this.#span ? moved - this.#span : moved < 0 ? moved + this.#span : moved;
  }

  /** Steps from one to a later one; more than half of all when it is an earlier one. */
  distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#span;
  }

  /** Whether `position` is `other` or comes after it. */
  reached(other: number, position: number): boolean {
    return this.distance(other, position) <= this.#span / 2;
  }
}
