/** What is to happen, soonest first; at the same moment in the order in which it was planned. */
export class Events {
  readonly #heap: { readonly at: number; readonly order: number; readonly act: () => void }[] = [];
  #planned = 0;

  get next(): number | undefined {
    return this.#heap[0]?.at;
  }

  plan(at: number, act: () => void): void {
    const event = { at, order: this.#planned++, act };
    let index = this.#heap.push(event) - 1;
    for (let above = (index - 1) >> 1; index > 0; index = above, above = (index - 1) >> 1) {
      if (!isBefore(event, this.#heap[above]!)) break;
      this.#heap[index] = this.#heap[above]!;
    }
    this.#heap[index] = event;
  }

  take(): () => void {
    const first = this.#heap[0]!;
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return first.act;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= this.#heap.length) break;
      if (below + 1 < this.#heap.length && isBefore(this.#heap[below + 1]!, this.#heap[below]!)) below++;
      if (!isBefore(this.#heap[below]!, last)) break;
      this.#heap[index] = this.#heap[below]!;
      index = below;
    }
    this.#heap[index] = last;
    return first.act;
  }
}

function isBefore(a: { at: number; order: number }, b: { at: number; order: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
