/**
 * Things under numbers that it gives out, each larger than the one before.
 *
 * In place of a `Map`: one that very many enter and leave again outgrows its table all the time, and V8 keeps every
 * outgrown table, with all that was in it, until the next full collection. With 1,000 calls in flight that took half
 * of the caller's time.
 */
export class NumberedTable<T extends { readonly id: number }> {
  /** Each at its number modulo the length, a power of two. */
  #slots = new Array<T | undefined>(64);
  #size = 0;
  #last: number;

  /** @param first The first number is greater than this. */
  constructor(first = 0) {
    this.#last = first;
  }

  get size(): number {
    return this.#size;
  }

  /** A number whose place is free. */
  nextId(): number {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    do this.#last++;
    while (this.#slots[this.#last & (this.#slots.length - 1)] !== undefined);
    return this.#last;
  }

  /** @param item Under the number that was given last. */
  add(item: T): void {
    this.#slots[item.id & (this.#slots.length - 1)] = item;
    this.#size++;
  }

  get(id: number): T | undefined {
    const item = this.#slots[id & (this.#slots.length - 1)];
    return item?.id === id ? item : undefined;
  }

  /** Takes it out; `undefined` when it is not there. */
  take(id: number): T | undefined {
    const place = id & (this.#slots.length - 1);
    const item = this.#slots[place];
    if (item?.id !== id) return undefined;
    this.#slots[place] = undefined;
    this.#size--;
    return item;
  }

  *values(): IterableIterator<T> {
    for (const item of this.#slots) if (item) yield item;
  }

  #grow(): void {
    const slots = new Array<T | undefined>(this.#slots.length * 2);
    for (const item of this.values()) slots[item.id & (slots.length - 1)] = item;
    this.#slots = slots;
  }
}
