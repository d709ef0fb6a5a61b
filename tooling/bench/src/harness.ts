import { type BenchCase, type Contender, type Gauge, PeerMissing, type Running } from "./case.js";
import { median, type Outcome, type Result, summarize } from "./outcome.js";

export type { BenchCase, Contender } from "./case.js";

/** Milliseconds that a round takes at least. */
const roundTime = 700;
/** Milliseconds of work before the first round, for each contender. */
const warmUpTime = 2000;
const latencySamples = 3000;

/** A contender that was set up, with how many operations fill a round of its. */
interface Entrant {
  readonly contender: Contender;
  readonly running: Running | Gauge;
  readonly count: number;
  readonly rounds: number[];
}

/**
 * Runs a case: every contender warms up, then in each round they run one after another, so that a machine
 * that grows slower does so for all of them.
 */
export async function runCase(case_: BenchCase, rounds: number): Promise<Outcome> {
  const entrants: Entrant[] = [];
  const missing: { contender: string; reason: string }[] = [];
  try {
    for (const contender of case_.contenders) {
      try {
        const running = await contender.setup();
        // Listed before it is warmed up, so that it is torn down should that fail.
        const entrant = { contender, running, count: 1, rounds: [] };
        entrants.push(entrant);
        if ("run" in running) entrant.count = await warmUp(running, case_.batch ?? 1);
      } catch (error) {
        if (!(error instanceof PeerMissing)) throw error;
        missing.push({ contender: contender.name, reason: error.message });
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const entrant of entrants) entrant.rounds.push(await measure(entrant, case_));
    }
    const results: Result[] = [];
    for (const { contender, running, rounds } of entrants) {
      results.push({
        contender: contender.name,
        role: contender.role,
        rounds,
        median: median(rounds),
        ...(case_.latency && "run" in running ? { latency: await latencyOf(running) } : {}),
        residentMB: (await running.residentMB?.()) ?? process.memoryUsage.rss() / 1e6,
      });
    }
    return summarize(case_, results, missing);
  } finally {
    for (const { running } of entrants) await running.teardown();
  }
}

/** Warms a contender up, and finds how many operations fill a round. */
export async function warmUp(running: Running, batch: number): Promise<number> {
  let count = batch;
  let time = 0;
  // The first runs are the compiler's; the last, which sets the count, is as fast as the rounds will be.
  for (const started = performance.now(); performance.now() - started < warmUpTime || time < roundTime / 2;) {
    time = (await seconds(running, count)) * 1000;
    count = batch * Math.ceil((count / batch) * Math.min(10, Math.max(1, roundTime / Math.max(time, 1))));
  }
  return count;
}

async function measure({ running, count }: Entrant, { bytes = 0, unit }: BenchCase): Promise<number> {
  if ("read" in running) return running.read();
  const time = await seconds(running, count);
  return unit === "MB/s" ? (count * bytes) / 1e6 / time : count / time;
}

async function latencyOf(running: Running): Promise<{ p50: number; p99: number }> {
  const samples: number[] = running.sample ? [...(await running.sample(latencySamples))] : [];
  while (samples.length < latencySamples) samples.push(await seconds(running, 1));
  samples.sort((a, b) => a - b);
  const at = (share: number) => (samples[Math.floor(samples.length * share)] ?? 0) * 1e6;
  return { p50: at(0.5), p99: at(0.99) };
}

/** How long `n` operations take: by the contender's own clock when it has one. */
async function seconds(running: Running, n: number): Promise<number> {
  const start = performance.now();
  const own = await running.run(n);
  return own ?? (performance.now() - start) / 1000;
}
