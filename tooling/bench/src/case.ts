/** One contender of a case, ready to work. */
export interface Running {
  /**
   * Performs `n` operations, all of them done when it settles. Gives the seconds that they took when it timed
   * them itself: because they are done in another process, or are only a part of what it does.
   */
  run(n: number): Promise<number | void> | number | void;
  /** Seconds of each of `n` operations, one after another; without it, {@link run} is called for each. */
  sample?(n: number): Promise<readonly number[]>;
  /** Megabytes resident in the process at the other end; without it, those of the measuring process count. */
  residentMB?(): Promise<number> | number;
  teardown(): Promise<void> | void;
}

/** A contender of which a figure is read as it is, once a round, and nothing is warmed up for it. */
export interface Gauge {
  /** The figure, in the unit of the case. */
  read(): Promise<number> | number;
  residentMB?(): Promise<number> | number;
  teardown(): Promise<void> | void;
}

/** Somebody who does a case's work. */
export interface Contender {
  readonly name: string;
  /** Troupe, somebody else's library, the raw limit of the machine, or Troupe itself to be compared with. */
  readonly role: "troupe" | "peer" | "raw" | "baseline";
  /**
   * @param flags Node's, for each of its processes; heeded by Troupe, which is the one that is profiled.
   * @throws PeerMissing when what it needs is not on this machine.
   */
  setup(flags?: readonly string[]): Promise<Running | Gauge> | Running | Gauge;
}

/** What keeps a contender from running here: it is named as missing, and the case goes on without it. */
export class PeerMissing extends Error {
  override readonly name = "PeerMissing";
}

/**
 * What Troupe is to reach: `ratio` times the contender `of` in the same run, or `figure` as it stands. At least
 * that much of a speed, at most that much of a time or of memory. `by` the p50 of single operations, the ratio is
 * that of speeds at which they go when nothing else wants the processor, which the figure of a busy machine hides.
 */
export type Reach =
  { readonly of: string; readonly ratio: number; readonly by?: "p50" } | { readonly figure: number };

/** Speeds are better when they are higher; times and memory when they are lower. */
export type Unit = "ops/s" | "MB/s" | "ms" | "MB" | "bytes";

/** The same work, done by each contender in turn in one run. */
export interface BenchCase {
  /** The part of the table: `proxy`, `codec`. What `--only` names. */
  readonly group: string;
  readonly name: string;
  /** `ms`, `MB` and `bytes` are read from {@link Gauge}s. */
  readonly unit: Unit;
  /** Bytes that one operation moves; with the unit MB/s. */
  readonly bytes?: number;
  /** Operations of the first, shortest run; later ones grow until a run takes long enough. */
  readonly batch?: number;
  /** Whether single operations are timed as well, for p50 and p99. */
  readonly latency?: boolean;
  readonly reach?: Reach | readonly Reach[];
  readonly contenders: readonly Contender[];
}

/** Whether Troupe's figure is to be at most, not at least, what it is held against. */
export function isLowerBetter(unit: Unit): boolean {
  return unit === "ms" || unit === "MB" || unit === "bytes";
}
