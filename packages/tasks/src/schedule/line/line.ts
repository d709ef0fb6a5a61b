import type { Policy } from "../policy/policy.js";
import type { WorkerState } from "../worker/worker-state.js";
import type { Shape } from "./shape.js";
import type { Submitter } from "./submitter.js";
import type { TaskRecord } from "./task-record.js";

/**
 * Tasks of one submitter that wait for the same: equal needs, at the same place. So only the first of a line has to
 * be looked at. First in, first out; any of them leaves in constant time.
 */
export class Line {
  first: TaskRecord | undefined;
  #last: TaskRecord | undefined;
  #length = 0;
  /** How often another task got what was too little for the first one. */
  passedOver = 0;
  /** The worker that is kept free for the first one. */
  reserved: WorkerState | undefined;

  constructor(
    readonly submitter: Submitter,
    readonly policy: Policy,
    readonly place: string,
    readonly shape: Shape,
  ) {}

  get length(): number {
    return this.#length;
  }

  /** Behind those that were submitted before it: at the end, but for what comes back. */
  add(record: TaskRecord): void {
    let before = this.#last;
    if (before && before.order > record.order) {
      before = undefined;
      for (let after = this.first; after && after.order < record.order; after = after.next) before = after;
    }
    const after = before ? before.next : this.first;
    record.previous = before;
    record.next = after;
    if (before) before.next = record;
    else this.first = record;
    if (after) after.previous = record;
    else this.#last = record;
    this.#length++;
  }

  remove(record: TaskRecord): void {
    const { previous, next } = record;
    if (previous) previous.next = next;
    else this.first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    record.previous = undefined;
    record.next = undefined;
    this.#length--;
  }
}
