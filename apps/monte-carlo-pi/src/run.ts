import { get, init, wait } from "@troupe/dist";
import { SingleBar } from "cli-progress";

import { hits } from "./hits.js";

/** What to run. */
export interface Plan {
  /** Most pools: it is done with one, two, four and so on up to that. */
  readonly pools: number;
  /** Points in all. */
  readonly points: number;
  /** Tasks that they are divided among. */
  readonly tasks: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** One row of the table. */
interface Run {
  readonly pools: number;
  readonly seconds: number;
  readonly pi: number;
}

/** Computes π over ever more pools, and says how much faster that is. */
export async function run(plan: Plan): Promise<void> {
  const runs: Run[] = [];
  for (const pools of poolCounts(plan.pools)) {
    if (plan.signal.aborted) return;
    runs.push(await runOver(pools, plan));
  }
  const [first] = runs as [Run];
  console.log("pools   seconds   points/s      speed-up   π");
  for (const { pools, seconds, pi } of runs) {
    const cells = [
      String(pools).padEnd(7),
      seconds.toFixed(2).padEnd(9),
      (plan.points / seconds).toExponential(2).padEnd(13),
      (first.seconds / seconds).toFixed(2).padEnd(10),
      pi.toFixed(6),
    ];
    console.log(cells.join(" "));
  }
}

async function runOver(pools: number, { points, tasks, seed, signal }: Plan): Promise<Run> {
  await using cluster = await init({ pools });
  // Pools start when they are first needed, which is not what is measured.
  await get(cluster.pools().map((_, index) => hits.with({ scheduling: "spread" }).submit(1, index + 1)));

  const bar = new SingleBar({
    format: `${pools} ${pools === 1 ? "pool " : "pools"} |{bar}| {value}/{total} tasks, {eta_formatted} to go`,
    noTTYOutput: true,
    notTTYSchedule: 1000,
    hideCursor: true,
  });
  const started = performance.now();
  bar.start(tasks, 0);
  let sum = 0;
  try {
    const each = Math.floor(points / tasks);
    let pending = Array.from({ length: tasks }, (_, index) =>
      hits.submit(index === 0 ? points - each * (tasks - 1) : each, seed + index * 7919),
    );
    while (pending.length > 0) {
      const outcome = await wait(pending, { signal });
      ({ pending } = outcome);
      for (const count of await get(outcome.ready)) sum += count;
      bar.increment(outcome.ready.length);
    }
  } finally {
    bar.stop();
  }
  return { pools, seconds: (performance.now() - started) / 1000, pi: (4 * sum) / points };
}

/** 1, 2, 4 … and the most at last. */
function poolCounts(most: number): number[] {
  const counts: number[] = [];
  for (let pools = 1; pools < most; pools *= 2) counts.push(pools);
  return [...counts, most];
}
