import { maxDelay, TroupeError } from "@troupe/core";

import type { Cell } from "../cell/cell.js";

/** Timers of one actor that may be set at once. */
const maxTimers = 10_000;

/** Work of an actor that is done later, until it is cancelled or the actor ends. */
export interface ActorTimer extends Disposable {
  /** Says whether that was in time: nothing more is begun. */
  cancel(): boolean;
}

/** What an actor does later: in its mailbox, behind what waits there, with its context. */
export class Timers {
  readonly #timers = new Set<Timer>();

  constructor(private readonly cell: Cell) {}

  /**
   * Does `work` once, after a while.
   *
   * @param delay Milliseconds.
   * @throws ERR_CONFIG for a delay that is none, and for one timer too many.
   */
  after(delay: number, work: () => unknown): ActorTimer {
    return this.#set("after", delay, work, 0, (timer) =>
      this.#perform(timer, work).then(() => void timer.cancel()),
    );
  }

  /**
   * Does `work` again and again. A time that comes while the last work waits or runs is left out.
   *
   * @param period Milliseconds from one beginning to the next.
   * @throws ERR_CONFIG for a period that is none, and for one timer too many.
   */
  every(period: number, work: () => unknown): ActorTimer {
    return this.#set("every", period, work, 1, async (timer) => {
      const begun = performance.now();
      await this.#perform(timer, work);
      const passed = performance.now() - begun;
      timer.start(period - (passed % period));
    });
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  #set(
    name: string,
    delay: number,
    work: unknown,
    least: number,
    due: (timer: Timer) => Promise<void>,
  ): ActorTimer {
    if (typeof work !== "function")
      throw new TroupeError("ERR_CONFIG", `${name}() takes a function to call, not ${String(work)}.`);
    if (typeof delay !== "number" || !(delay >= least && delay <= maxDelay)) {
      throw new TroupeError(
        "ERR_CONFIG",
        `${name}() takes milliseconds from ${least} to ${maxDelay}, not ${String(delay)}.`,
      );
    }
    if (this.#timers.size >= maxTimers) {
      const { path } = this.cell.record;
      throw new TroupeError(
        "ERR_CONFIG",
        `${path} has ${maxTimers} timers already; cancel those that it does not need.`,
      );
    }
    const timer: Timer = new Timer(
      () => void due(timer),
      () => this.#timers.delete(timer),
    );
    this.#timers.add(timer);
    timer.start(delay);
    return timer;
  }

  async #perform(timer: Timer, work: () => unknown): Promise<void> {
    const { cell } = this;
    try {
      await cell.perform("timer", () => (timer.isOver ? undefined : work()));
    } catch (error) {
      if (cell.isEnded) return;
      cell.runtime.node.log.error(
        { err: error, actor: cell.record.path },
        "what an actor does by a timer failed",
      );
    }
  }
}

class Timer implements ActorTimer {
  #timer: NodeJS.Timeout | undefined;
  isOver = false;

  constructor(
    private readonly due: () => void,
    private readonly onOver: () => void,
  ) {}

  start(delay: number): void {
    if (!this.isOver) this.#timer = setTimeout(this.due, delay);
  }

  cancel(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    clearTimeout(this.#timer);
    this.onOver();
    return true;
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}
