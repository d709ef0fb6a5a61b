import { type MethodRow, methodRows } from "./method-info.js";
import { MethodLedger } from "./method-ledger.js";

/**
 * What the methods of all processes came to, as each said last, also of those that ended: counts never become less. What
 * a process did between its last answer and its end is not in it.
 */
export class MethodHistory {
  readonly #last = new Map<string, readonly MethodRow[]>();
  readonly #ofEnded = new MethodLedger();

  /** A process says what it has done since it began. */
  said(process: string, rows: readonly MethodRow[]): void {
    this.#last.set(process, rows);
  }

  /** It ended; another may come under its name. */
  ended(process: string): void {
    for (const [className, method, calls, errors, time, max] of this.#last.get(process) ?? []) {
      const stats = this.#ofEnded.of(className, method);
      stats.calls += calls;
      stats.errors += errors;
      stats.time += time;
      stats.max = Math.max(stats.max, max);
    }
    this.#last.delete(process);
  }

  rows(): MethodRow[] {
    return [...methodRows(this.#ofEnded), ...[...this.#last.values()].flat()];
  }
}
