import type { SharedNeeds } from "../definition/plan.js";
import type { QueuedTask, TaskArgument } from "../schedule/task.js";

/** An argument that is in some host's store, or a copy of it. */
export interface StoredArgument {
  readonly bytes: number;
  /** The process that has the store. */
  readonly store: string;
}

/** A task that asks for a place to run. */
export interface Leased extends Omit<QueuedTask, "id" | "args"> {
  readonly args?: readonly StoredArgument[] | undefined;
  /** Of its latest lease: each time that it asks it gets another. */
  id: number;
  readonly holder: LeaseHolder;
  /** Whether it asked before, and goes before others of its kind. */
  readonly isAgain: boolean;
  /** What it takes of the resources that tasks and actors share. */
  readonly shared: SharedNeeds | undefined;
}

/** Who asked for the places of tasks, and is told of them. */
export interface LeaseHolder {
  /**
   * The task may be sent to that worker. It may have been granted another place before, which is void then.
   *
   * @param devices GPUs that it has there.
   */
  granted(task: Leased, worker: string, devices?: readonly string[]): void;
  /** It can never run. */
  refused(task: Leased, error: Error): void;
  /** Others are idle: it is to be taken back, and asked for anew, unless it has begun. */
  recall(task: Leased): void;
  /** All that is known in this turn was said. */
  flush(): void;
}

/** What the scheduler knows of a task that has asked once: the task may ask again before that is over. */
export class Lease implements QueuedTask {
  readonly args: readonly TaskArgument[] | undefined;

  /** @param hostOf The host whose store a process has. */
  constructor(
    readonly id: number,
    readonly task: Leased,
    hostOf: (store: string) => string,
  ) {
    this.args = task.args?.map(({ bytes, store }) => ({ bytes, host: hostOf(store) }));
  }

  get submitter(): string {
    return this.task.submitter;
  }

  get fn(): string | undefined {
    return this.task.fn;
  }

  get needs(): QueuedTask["needs"] {
    return this.task.needs;
  }

  get scheduling(): QueuedTask["scheduling"] {
    return this.task.scheduling;
  }
}

/** Where places are asked for: the scheduler of the cluster, or the way to it. A lease goes by its id. */
export interface Leases {
  /** Gives the task its id, and asks. */
  request(task: Leased): void;
  /** It needs no place any more, and has none yet. */
  cancel(lease: number): void;
  /** It has left its place. @param ms How long it ran; `NaN` when it did not, or not to its end. */
  finished(lease: number, ms: number): void;
  /** It waits for others, and lends its cores meanwhile. */
  blocked(lease: number): void;
  unblocked(lease: number): void;
  /** What runs there should have ended: the worker is killed if it does not answer within a second. */
  stuck(worker: string): void;
}
