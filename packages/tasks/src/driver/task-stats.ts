/** The tasks of a cluster, of all who submit some. */
export interface TaskStats {
  /** Those that have asked for a place and have not begun. One that waits for its arguments has not asked yet. */
  readonly waiting: number;
  /** Those that have begun and not ended; those that wait for others meanwhile are among them. */
  readonly running: number;
  /** Runs that came to their end so far, well or not: of a task that is tried again each. Lost ones do not count. */
  readonly runs: number;
}
