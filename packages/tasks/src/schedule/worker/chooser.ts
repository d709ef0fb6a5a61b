import type { TaskRecord } from "../line/task-record.js";
import type { Choices } from "../policy/policy.js";
import type { How, WorkerState } from "./worker-state.js";
import type { Workers } from "./workers.js";

/** Finds a worker for a task that has come anew, by its policy. */
export class Chooser implements Choices {
  #record!: TaskRecord;
  #how: How = "start";

  constructor(private readonly workers: Workers) {}

  choose(record: TaskRecord, how: How): WorkerState | undefined {
    const { policy, place } = record.line;
    this.#record = record;
    this.#how = how;
    if (how === "elsewhere") return policy.openTo !== undefined ? this.inTurn() : undefined;
    return policy.choose(record.task, place, this);
  }

  inTurn(): WorkerState | undefined {
    const { starting, queueing } = this.#record.line.shape;
    return (this.#how === "queue" ? queueing : starting).nextOf(this.#accepts);
  }

  at(place: string): WorkerState | undefined {
    for (const worker of this.workers.at(place)) if (this.#accepts(worker)) return worker;
    return undefined;
  }

  named(name: string): WorkerState | undefined {
    const worker = this.workers.named(name);
    return worker && worker.places.includes(this.#record.line.place) && this.#accepts(worker)
      ? worker
      : undefined;
  }

  leastLoaded(): WorkerState | undefined {
    // Going through the hosts is for nothing when there is none.
    return this.inTurn() && this.workers.hosts.least((worker) => !worker.isBundle && this.#accepts(worker));
  }

  readonly #accepts = (worker: WorkerState): boolean =>
    worker.isSettled && worker.takes(this.#record, this.#how);
}
