import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** How much later than they were due timers fired, in milliseconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Milliseconds between two looks. Each wakes the process. */
const resolution = 20;
/** Milliseconds for which the loop is watched when somebody has asked. */
const attention = 60_000;

/**
 * How late the event loop of this process is. It is watched for a minute each time that somebody asks, so nobody pays
 * who does not want to know.
 */
export class LoopWatch {
  #histogram: IntervalHistogram | undefined;
  #rest: NodeJS.Timeout | undefined;

  /** What was seen since the last time; `undefined` for nothing. Watches for another minute. */
  read(): LoopDelay | undefined {
    const histogram = (this.#histogram ??= monitorEventLoopDelay({ resolution }));
    const seen = histogram.count > 0 ? delayOf(histogram) : undefined;
    histogram.reset();
    histogram.enable();
    this.#rest ??= setTimeout(() => histogram.disable(), attention).unref();
    this.#rest.refresh();
    return seen;
  }

  close(): void {
    clearTimeout(this.#rest);
    this.#histogram?.disable();
  }
}

/** The histogram has nanoseconds from one look to the next, the time between them included. */
function delayOf(histogram: IntervalHistogram): LoopDelay {
  const delay = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolution);
  return {
    p50: delay(histogram.percentile(50)),
    p99: delay(histogram.percentile(99)),
    max: delay(histogram.max),
  };
}
