/** What a {@link Pending} holds. The links belong to it. */
export interface Linked<T> {
  isPending: boolean;
  before: T | undefined;
  after: T | undefined;
}

/**
 * Those that are not over, oldest first. In place of a `Set`, which very many enter and leave all the time: that
 * outgrows its table again and again, and costs more than all else that is done for a task.
 */
export class Pending<T extends Linked<T>> implements Iterable<T> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(item: T): void {
    if (item.isPending) return;
    item.isPending = true;
    item.before = this.#last;
    item.after = undefined;
    if (this.#last) this.#last.after = item;
    else this.#first = item;
    this.#last = item;
    this.#size++;
  }

  delete(item: T): void {
    if (!item.isPending) return;
    const { before, after } = item;
    item.isPending = false;
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
    item.before = item.after = undefined;
    this.#size--;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let item = this.#first; item; item = item.after) yield item;
  }
}
