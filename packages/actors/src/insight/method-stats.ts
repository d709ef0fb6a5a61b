/** Milliseconds below which a call is so short that reading the clock for each would be felt. */
const fastCall = 0.02;
/** Of short calls each so-manyth is timed. A prime, as callers tend to go round in even numbers. */
const sampling = 61;

/**
 * How often calls of a method have run, and how long. A method is timed at each call, unless the last one that was
 * timed took less than 20 µs: then it is at each 61st, which stands for those between.
 */
export class MethodStats {
  /** Calls that began; a batch is one. */
  calls = 0;
  /** Calls that threw. */
  errors = 0;
  /** Milliseconds of all calls, their waits included. */
  time = 0;
  /** Milliseconds of the longest that was timed. */
  max = 0;
  /** {@link calls} as whoever looks for a call that blocks saw it last. */
  seen = 0;
  /** Which call is timed next. */
  #timed = 1;
  /** The one that was timed last. */
  #last = 0;
  /** Calls between the one that is timed and the one before it. */
  #skipped = 0;

  constructor(
    readonly className: string,
    readonly method: string,
  ) {}

  /** Counts a call. Gives when it began, in `performance.now()` milliseconds, if it is timed; else 0. */
  begin(): number {
    return ++this.calls < this.#timed ? 0 : this.#beginTimed();
  }

  /**
   * A call is over that took so many milliseconds.
   *
   * @returns The milliseconds that it stands for.
   */
  end(milliseconds: number): number {
    const time = milliseconds + this.#skipped * Math.min(milliseconds, fastCall);
    this.#skipped = 0;
    this.#timed = this.calls + (milliseconds < fastCall ? sampling : 1);
    this.time += time;
    if (milliseconds > this.max) this.max = milliseconds;
    return time;
  }

  /** Has the next call timed, however short the last one was. */
  timeNext(): void {
    this.#timed = 0;
  }

  #beginTimed(): number {
    this.#skipped += this.calls - this.#last - 1;
    this.#last = this.calls;
    return performance.now();
  }
}
