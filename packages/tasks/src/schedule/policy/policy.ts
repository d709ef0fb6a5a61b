import type { QueuedTask } from "../task.js";
import type { Worker } from "../worker/worker.js";
import type { WorkerState } from "../worker/worker-state.js";

/** Who can take a task at this moment. */
export interface Choices {
  /** The next in turn of all. */
  inTurn(): WorkerState | undefined;
  /** One of those that serve the place. */
  at(place: string): WorkerState | undefined;
  /** That one, if it can. */
  named(worker: string): WorkerState | undefined;
  /** One of the host with the fewest tasks. */
  leastLoaded(): WorkerState | undefined;
}

/**
 * Where tasks go. Tasks wait at places, which are names; workers serve places. When a worker has room it takes from
 * the places that it serves; when a task comes and nobody is before it, its policy chooses among those with room.
 */
export interface Policy {
  /**
   * Where the task waits.
   *
   * @param isPossible Whether a worker that serves that place could ever run it.
   */
  placeOf(task: QueuedTask, isPossible: (place: string) => boolean): string;
  /** The places that a worker serves. */
  servedBy(worker: Worker): readonly string[];
  choose(task: QueuedTask, place: string, choices: Choices): WorkerState | undefined;
  /**
   * Set when a task goes elsewhere before a worker has nothing to do: the place that all who may take it serve.
   * Default: tasks start where they wait.
   */
  readonly openTo?: string;
}
