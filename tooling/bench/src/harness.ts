/** One contender of a case, ready to run. */
export interface Running {
  /** Performs `n` operations, all of them done when it settles. */
  run(n: number): Promise<void> | void;
  teardown(): Promise<void>;
}

/** Somebody who does a case's work: Troupe, a peer, or the raw limit of the machine. */
export interface Contender {
  readonly name: string;
  readonly role: "troupe" | "peer" | "raw";
  setup(): Promise<Running>;
}

/** The same work, done by each contender in turn in one run. */
export interface BenchCase {
  /** The part of the table: `proxy`, `codec`. What `--only` names. */
  readonly group: string;
  readonly name: string;
  readonly unit: "ops/s" | "MB/s";
  /** Bytes that one operation moves; with the unit MB/s. */
  readonly bytes?: number;
  /** Operations of the first, shortest run; later ones grow until a run takes long enough. */
  readonly batch: number;
  /** Whether single operations are timed as well, for p50 and p99. */
  readonly latency?: boolean;
  /** What Troupe is to reach: at least `ratio` times the contender `of`. */
  readonly reach?: { readonly of: string; readonly ratio: number };
  readonly contenders: readonly Contender[];
}

/** What one contender did in one case. */
export interface Result {
  readonly contender: string;
  readonly role: Contender["role"];
  /** Operations or megabytes a second, one figure a round. */
  readonly rounds: readonly number[];
  readonly median: number;
  /** Microseconds of single operations. */
  readonly latency?: { readonly p50: number; readonly p99: number };
  /** Megabytes resident in the measuring process after the last round. */
  readonly residentMB: number;
}

/** A case with what came out. */
export interface Outcome {
  readonly group: string;
  readonly name: string;
  readonly unit: string;
  readonly results: readonly Result[];
  /** Median over the rounds of Troupe's figure by the other's in the same round. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly reach?: { readonly of: string; readonly ratio: number; readonly reached: boolean };
}

/** Milliseconds that a round takes at least. */
const roundTime = 700;
/** Milliseconds of work before the first round, for each contender. */
const warmUpTime = 2000;
const latencySamples = 3000;

/**
 * Runs a case: every contender warms up, then in each round they run one after another, so that a machine
 * that grows slower does so for all of them.
 */
export async function runCase(case_: BenchCase, rounds: number): Promise<Outcome> {
  const running = [];
  try {
    for (const contender of case_.contenders) running.push({ contender, ...(await start(contender, case_)) });
    for (let round = 0; round < rounds; round++) {
      for (const one of running) one.rounds.push(await measure(one.run, one.count, case_));
    }
    const results: Result[] = [];
    for (const { contender, run, rounds } of running) {
      results.push({
        contender: contender.name,
        role: contender.role,
        rounds,
        median: median(rounds),
        ...(case_.latency ? { latency: await latencyOf(run) } : {}),
        residentMB: process.memoryUsage.rss() / 1e6,
      });
    }
    return summarize(case_, results);
  } finally {
    for (const { teardown } of running) await teardown();
  }
}

/** Sets a contender up, warms it up, and finds how many operations fill a round. */
async function start(contender: Contender, { batch }: BenchCase) {
  const { run, teardown } = await contender.setup();
  let count = batch;
  let time = 0;
  // The first runs are the compiler's; the last, which sets the count, is as fast as the rounds will be.
  for (const started = performance.now(); performance.now() - started < warmUpTime || time < roundTime / 2;) {
    time = await timed(() => run(count));
    count = Math.ceil(count * Math.min(10, Math.max(1, roundTime / Math.max(time, 1))));
  }
  return { run, teardown, count, rounds: [] as number[] };
}

async function measure(run: Running["run"], count: number, { bytes = 0, unit }: BenchCase): Promise<number> {
  const seconds = (await timed(() => run(count))) / 1000;
  return unit === "MB/s" ? (count * bytes) / 1e6 / seconds : count / seconds;
}

async function latencyOf(run: Running["run"]): Promise<{ p50: number; p99: number }> {
  const samples: number[] = [];
  for (let i = 0; i < latencySamples; i++) samples.push((await timed(() => run(1))) * 1000);
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.floor(samples.length * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Milliseconds that the work takes. */
async function timed(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function summarize({ group, name, unit, reach }: BenchCase, results: readonly Result[]): Outcome {
  const ours = results.find(({ role }) => role === "troupe");
  const ratios: Record<string, number> = {};
  for (const other of results) {
    if (!ours || other === ours) continue;
    ratios[other.contender] = median(
      ours.rounds.map((figure, round) => figure / (other.rounds[round] ?? NaN)),
    );
  }
  const reached = reach && { ...reach, reached: (ratios[reach.of] ?? 0) >= reach.ratio };
  return { group, name, unit, results, ratios, ...(reached ? { reach: reached } : {}) };
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
