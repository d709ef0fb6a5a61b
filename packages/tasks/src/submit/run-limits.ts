import { DeadlineLists, type Waiting } from "@troupe/core";

import type { SentRun, WorkerLink } from "./worker-link.js";

/** A run that has a limit, from its beginning. */
interface Limit extends Waiting {
  readonly run: SentRun;
  readonly link: WorkerLink;
}

/** The runs under way that may take only so long. */
export class RunLimits {
  readonly #lists: DeadlineLists<Limit>;
  readonly #limits = new Map<SentRun, Limit>();

  /** @param onOver Told of a run that takes too long, which has no limit any more. */
  constructor(onOver: (run: SentRun, link: WorkerLink) => void) {
    this.#lists = new DeadlineLists<Limit>(({ run, link }) => {
      this.#limits.delete(run);
      onOver(run, link);
    });
  }

  /** @param timeout Milliseconds from now. */
  begin(run: SentRun, link: WorkerLink, timeout: number): void {
    if (this.#limits.has(run)) return;
    const limit: Limit = { run, link, expires: 0, list: undefined, previous: undefined, next: undefined };
    this.#limits.set(run, limit);
    this.#lists.enter(limit, timeout);
  }

  /** It is over, if it has a limit at all. */
  end(run: SentRun): void {
    const limit = this.#limits.get(run);
    if (limit && this.#limits.delete(run)) this.#lists.leave(limit);
  }

  close(): void {
    this.#limits.clear();
    this.#lists.close();
  }
}
