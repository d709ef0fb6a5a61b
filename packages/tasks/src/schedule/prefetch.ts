/**
 * How much lies at a worker beyond what runs there, so that the next task is there when one ends. Tasks lie only
 * behind such as are soon over, and only if they are themselves: longer ones gain nothing by it.
 */
export interface Prefetch {
  /** Milliseconds of work for each task that runs at a time. Tasks that take longer, or of which nobody knows, do not lie. */
  readonly ms: number;
  /** Tasks, at most. */
  readonly tasks: number;
}

export const defaultPrefetch: Prefetch = { ms: 2, tasks: 256 };
