import type { Run } from "./run.js";

/** Runs that have not begun, in order. */
export class RunQueue {
  #runs: (Run | undefined)[] = [];
  #head = 0;

  get first(): Run | undefined {
    return this.#runs[this.#head];
  }

  push(run: Run): void {
    this.#runs.push(run);
  }

  /** The first ones as long as that is true of them, so many at most. */
  row(most: number, which: (run: Run) => boolean): Run[] {
    const row: Run[] = [];
    for (let run = this.first; run && row.length < most && which(run);) {
      row.push(run);
      run = this.#runs[this.#head + row.length];
    }
    return row;
  }

  shift(): Run | undefined {
    const run = this.#runs[this.#head];
    if (!run) return undefined;
    this.#runs[this.#head++] = undefined;
    if (this.#head > 1_024 && this.#head * 2 > this.#runs.length) {
      this.#runs = this.#runs.slice(this.#head);
      this.#head = 0;
    }
    return run;
  }

  /** Takes out those of which that is true. */
  take(which: (run: Run) => boolean): Run[] {
    const all = this.#runs.slice(this.#head) as Run[];
    const taken = all.filter(which);
    if (taken.length === 0) return taken;
    this.#runs = all.filter((run) => !which(run));
    this.#head = 0;
    return taken;
  }
}
