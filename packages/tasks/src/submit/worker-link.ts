import { NumberedTable } from "@troupe/cluster";

import type { ToWorker } from "../wire.js";
import type { Submission } from "./submission.js";

/** A run under way at a worker: what is known of it here. */
export interface SentRun {
  /** Grows with each run that is sent there. */
  readonly id: number;
  /** By which it has its place. */
  readonly lease: number;
  readonly submission: Submission;
  /** Whether it is there, or on its way. */
  isSent: boolean;
  /** Whether its end is of no interest any more, but for the place that it takes. */
  isAbandoned: boolean;
}

/** What was sent to one worker. */
export class WorkerLink {
  readonly runs = new NumberedTable<SentRun>();
  /** This run and all before it may have begun. */
  begun = 0;
  /** What is to be told it at the end of the turn. */
  outgoing: ToWorker[] = [];
  /** Submissions to be sent then, in order. */
  starting: SentRun[] = [];

  constructor(readonly worker: string) {}

  /** @returns Its number. */
  add(submission: Submission): number {
    const run: SentRun = {
      id: this.runs.nextId(),
      lease: submission.id,
      submission,
      isSent: false,
      isAbandoned: false,
    };
    this.runs.add(run);
    this.starting.push(run);
    return run.id;
  }

  /** Whether it may have begun: what was told of, all before it, and the oldest at any rate. */
  hasBegun(run: SentRun): boolean {
    if (run.id <= this.begun) return true;
    for (const { id } of this.runs.values()) if (id < run.id) return false;
    return true;
  }

  /** Those under way, oldest first, and whether each may have begun: the oldest always may. */
  *inOrder(): Iterable<readonly [run: SentRun, hasBegun: boolean]> {
    const all = [...this.runs.values()].sort((a, b) => a.id - b.id);
    for (const [index, run] of all.entries()) yield [run, index === 0 || run.id <= this.begun];
  }
}
