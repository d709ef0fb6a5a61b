/** Seconds that a rate looks back. */
const span = 5;

/** How fast a count grows. */
export class Rate {
  readonly #marks: { readonly at: number; readonly count: number }[] = [];

  /** What it is a second, over the last seconds; 0 before there is a second look. */
  at(count: number): number {
    const at = performance.now() / 1000;
    this.#marks.push({ at, count });
    while (this.#marks.length > 2 && at - this.#marks[0]!.at > span) this.#marks.shift();
    const [first] = this.#marks as [{ at: number; count: number }];
    return at > first.at ? (count - first.count) / (at - first.at) : 0;
  }
}
