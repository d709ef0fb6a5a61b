/** Milliseconds of work that may begin before anything else gets its turn. */
export const turnTime = 1;
/** Runs of which less is known are taken one at a time. */
const wellKnown = 4;
/** The share of the newest run in the average. */
const weight = 0.2;
/** Runs that begin in one turn, at most. */
const maxBatch = 256;

/** What a pool knows of a function from its runs. */
export class Kind {
  /** Milliseconds that a run takes; an average that forgets exponentially. */
  #ms = 0;
  #runs = 0;
  /** Whether it ever went on after its call had returned. */
  isAsync = false;

  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  ran(ms: number): void {
    this.#ms = this.#runs++ === 0 ? ms : this.#ms + weight * (ms - this.#ms);
  }

  /** How many may begin in a row. */
  get batch(): number {
    if (this.isAsync || this.#runs < wellKnown || this.#ms * 2 > turnTime) return 1;
    return Math.min(maxBatch, Math.floor(turnTime / Math.max(this.#ms, 0.001)));
  }
}
