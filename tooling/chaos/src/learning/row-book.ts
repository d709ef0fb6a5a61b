/** Problems that are kept by name. */
const kept = 20;

/**
 * Which rows were written to a queue and came out of it: those that were acknowledged must come, once; those whose
 * writing failed may, once.
 */
export class RowBook {
  /** Rows that came. */
  count = 0;
  readonly #seen = new Set<number>();
  readonly #acknowledged: (readonly [from: number, count: number])[] = [];
  readonly #problems: string[] = [];
  #next = 0;

  /** Numbers that nobody has yet; gives the first. */
  ask(count: number): number {
    const from = this.#next;
    this.#next += count;
    return from;
  }

  acknowledge(from: number, count: number): void {
    this.#acknowledged.push([from, count]);
  }

  /** A row came out of the queue. */
  see(number: number): void {
    this.count++;
    if (this.#seen.has(number)) this.#note(`row ${number} came twice`);
    else if (!(number >= 0 && number < this.#next)) this.#note(`row ${number} came, which nobody wrote`);
    this.#seen.add(number);
  }

  /** What is wrong, when the queue is empty; the next round begins with empty pages. */
  close(): string[] {
    for (const [from, count] of this.#acknowledged) {
      for (let number = from; number < from + count; number++)
        if (!this.#seen.has(number)) this.#note(`row ${number}, which was acknowledged, never came`);
    }
    this.#acknowledged.length = 0;
    this.#seen.clear();
    return this.#problems.splice(0);
  }

  #note(problem: string): void {
    if (this.#problems.length < kept) this.#problems.push(problem);
  }
}
