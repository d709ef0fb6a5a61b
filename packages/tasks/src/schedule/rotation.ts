/** A set that is gone round in turn. Adding, removing and the next one take constant time. */
export class Rotation<T> {
  readonly #items: T[] = [];
  readonly #positions = new Map<T, number>();
  #turn = 0;

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    if (this.#positions.has(item)) return;
    this.#positions.set(item, this.#items.push(item) - 1);
  }

  delete(item: T): void {
    const position = this.#positions.get(item);
    if (position === undefined) return;
    this.#positions.delete(item);
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#items[position] = last;
    this.#positions.set(last, position);
  }

  /** The next in turn. */
  next(): T | undefined {
    if (this.#turn >= this.#items.length) this.#turn = 0;
    return this.#items[this.#turn++];
  }

  /** The next in turn that is accepted; those before it that are not are removed. */
  nextOf(accepts: (item: T) => boolean): T | undefined {
    for (let item = this.next(); item !== undefined; item = this.next()) {
      if (accepts(item)) return item;
      this.delete(item);
      this.#turn--;
    }
    return undefined;
  }
}
