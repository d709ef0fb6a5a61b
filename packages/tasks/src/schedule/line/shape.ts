import type { Units } from "../amounts.js";
import { Rotation } from "../rotation.js";
import type { WorkerState } from "../worker/worker-state.js";

/**
 * Needs that tasks have in common, and who may have room for them. A worker is added whenever it has room that
 * nobody wanted, and is removed when it is found to have none any more; so each search is paid for by an addition.
 */
export class Shape {
  /** Workers where such a task could start. */
  readonly starting = new Rotation<WorkerState>();
  /** Workers where such a task could lie behind others. */
  readonly queueing = new Rotation<WorkerState>();
  /** Lines of such tasks. */
  lines = 0;
  /**
   * Tasks lie behind others only if cores are all they need. Cores are lent by who waits; were one to lie here for
   * memory, and behind it what the holder of that memory waits for, none of the three would ever go on.
   */
  readonly needsCoresAlone: boolean;
  /** Whether such a task could ever run at a place, as far as anybody asked, while `asOf` holds. */
  readonly possible = new Map<string, boolean>();
  asOf = -1;

  constructor(
    readonly key: string,
    readonly needs: Units,
  ) {
    this.needsCoresAlone = needs.gpu === 0 && needs.memory === 0 && needs.custom.length === 0;
  }

  forget(worker: WorkerState): void {
    this.starting.delete(worker);
    this.queueing.delete(worker);
  }
}
