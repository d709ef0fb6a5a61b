/** The share of the newest in the average. */
const weight = 0.2;
/** Functions that are remembered. */
const most = 10_000;

/** How long something takes: an average that forgets exponentially. */
export class Estimate {
  /** Milliseconds; `Infinity` while nobody knows. */
  ms = Infinity;

  add(ms: number): void {
    this.ms = this.ms === Infinity ? ms : this.ms + weight * (ms - this.ms);
  }
}

/** How long tasks take, for each function. */
export class Durations {
  readonly #byFunction = new Map<string, Estimate>();
  readonly #unknown = new Estimate();
  readonly #all = new Estimate();

  /** Goes on being right as tasks tell. */
  of(fn: string | undefined): Estimate {
    if (fn === undefined) return this.#unknown;
    let estimate = this.#byFunction.get(fn);
    if (estimate) return estimate;
    if (this.#byFunction.size >= most) {
      const [oldest] = this.#byFunction.keys();
      this.#byFunction.delete(oldest!);
    }
    this.#byFunction.set(fn, (estimate = new Estimate()));
    return estimate;
  }

  /** A task took that long. */
  add(estimate: Estimate, ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) return;
    this.#all.add(ms);
    if (estimate !== this.#unknown) estimate.add(ms);
  }

  /** What to reckon with: the average of all where nobody knows better, 1 ms before any task has told. */
  guess({ ms }: Estimate): number {
    if (ms < Infinity) return ms;
    return this.#all.ms < Infinity ? this.#all.ms : 1;
  }
}
