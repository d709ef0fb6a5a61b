import type { Submission } from "./submission.js";

/**
 * Tasks that are not over by the names of their results. Whoever cancels one often cancels many, and nobody else needs to
 * know which result is whose: so the table is made when it is asked for, and lasts for a turn of the event loop.
 */
export class ByResult {
  #table: Map<string, Submission> | undefined;

  /** @param pending Those that are not over. */
  constructor(private readonly pending: Iterable<Submission>) {}

  /** The task of a result, unless it is over. */
  get(result: string): Submission | undefined {
    const found = (this.#table ??= this.#make()).get(result);
    return found?.isPending ? found : undefined;
  }

  /** There are more of them. */
  forget(): void {
    this.#table = undefined;
  }

  #make(): Map<string, Submission> {
    const table = new Map<string, Submission>();
    for (const submission of this.pending) for (const id of submission.resultIds) table.set(id, submission);
    setImmediate(() => this.forget());
    return table;
  }
}
