import { SingleBar } from "cli-progress";

import type { Learned } from "./learner.js";
import { gigabytes, percent, type Totals } from "./report.js";
import type { Rows } from "./rows.js";
import type { Played } from "./runner.js";

/** Milliseconds between two looks. */
const interval = 500;
/** What is shown of a number that there is not yet. */
const none = "–";

/** How much is to be done, and where the rows go. */
interface Extent {
  readonly rows: Rows;
  readonly seconds: number;
  readonly updates: number;
}

/** Counts what is done, and shows on a bar how fast. */
export class Progress {
  /** Processes that were lost. */
  lost = 0;
  /** Rows whose checksum was wrong. */
  torn = 0;
  /** The newest version that was played with. */
  version = 0;
  /** Steps of learning. */
  updates = 0;
  hitRate: number | undefined;
  #steps = 0;
  #loss: number | undefined;
  #last: Totals;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #bar = new SingleBar({
    format:
      "playing |{bar}| {percentage} % | {steps} steps/s | {written} GB/s written, {sampled} sampled | {updates} updates/s, loss {loss} | hits {hits}",
    noTTYOutput: true,
    notTTYSchedule: 1000,
    hideCursor: true,
  });

  constructor(private readonly extent: Extent) {
    this.#last = this.totals();
    this.#bar.start(100, 0, {
      steps: none,
      written: none,
      sampled: none,
      updates: none,
      loss: none,
      hits: none,
    });
    this.#timer = setInterval(() => this.#show(), interval);
  }

  played({ steps, version }: Played): void {
    this.#steps += steps;
    this.version = Math.max(this.version, version);
  }

  learned({ updates, loss, torn }: Learned): void {
    this.updates += updates;
    this.torn += torn;
    this.#loss = loss;
  }

  /** Until now. */
  totals(): Totals {
    const { inserted, sampled, byteLength } = this.extent.rows.stats();
    const seconds = (performance.now() - this.#started) / 1000;
    return { seconds, steps: this.#steps, updates: this.updates, written: inserted, sampled, byteLength };
  }

  /** Ends the bar. */
  stop(): void {
    clearInterval(this.#timer);
    this.#bar.stop();
  }

  #show(): void {
    const [last, now] = [this.#last, this.totals()];
    this.#last = now;
    const rate = (name: keyof Totals) => (now[name] - last[name]) / (now.seconds - last.seconds);
    const done = Math.max(now.seconds / this.extent.seconds, now.updates / this.extent.updates);
    this.#bar.update(Math.min(100, Math.floor(100 * done)), {
      steps: Math.round(rate("steps")),
      written: gigabytes(rate("written")),
      sampled: gigabytes(rate("sampled")),
      updates: Math.round(rate("updates")),
      loss: this.#loss?.toFixed(3) ?? none,
      hits: this.hitRate === undefined ? none : percent(this.hitRate),
    });
  }
}
