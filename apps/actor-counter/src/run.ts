import { actorOf, type Cluster, init, isTroupeError, type Remote } from "@troupe/dist";
import { SingleBar } from "cli-progress";

import { Counter } from "./counter.js";

/** What to run. */
export interface Plan {
  readonly pools: number;
  readonly counters: number;
  /** Calls to each counter. */
  readonly adds: number;
  /** Whether a pool is killed at the end. */
  readonly kill: boolean;
  readonly signal: AbortSignal;
}

type RemoteCounter = Remote<InstanceType<typeof Counter>>;

/** Calls in flight to one counter: enough to keep both ends busy. */
const inFlight = 500;

/** Runs the whole of it, and says what happens. */
export async function run({ pools, counters: count, adds, kill, signal }: Plan): Promise<void> {
  await using cluster = await init({ pools });
  const counters = await Promise.all(Array.from({ length: count }, () => Counter.create()));
  for (const counter of counters) console.log(await counter.where());

  const seconds = await addAll(counters, adds, signal);
  const totals = await Promise.all(counters.map(async (counter) => await counter.count));
  console.log(`counted          ${totals.join(", ")}`);
  console.log(`calls            ${count * adds}, ${Math.round((count * adds) / seconds)} a second`);

  const [first] = counters as [RemoteCounter];
  const steps: number[] = [];
  for await (const step of first.climb(5)) steps.push(step);
  console.log(`a stream         ${steps.join(", ")}`);

  const sums = await first.add.batch(...[1, 2, 3].map((n) => first.add.delay(n)));
  console.log(`a batch          ${sums.join(", ")}`);

  if (kill) await loseOne(cluster, first);
}

/** Adds to all counters at once; gives the seconds that it took. */
async function addAll(
  counters: readonly RemoteCounter[],
  adds: number,
  signal: AbortSignal,
): Promise<number> {
  const bar = new SingleBar({
    format: "adding {value}/{total} |{bar}| {eta_formatted} to go",
    noTTYOutput: true,
    notTTYSchedule: 1000,
    hideCursor: true,
  });
  const started = performance.now();
  bar.start(counters.length * adds, 0);
  try {
    await Promise.all(
      counters.map(async (counter) => {
        for (let left = adds; left > 0 && !signal.aborted; left -= inFlight) {
          const burst = Math.min(left, inFlight);
          await Promise.all(Array.from({ length: burst }, () => counter.add(1)));
          bar.increment(burst);
        }
      }),
    );
  } finally {
    bar.stop();
  }
  return (performance.now() - started) / 1000;
}

/** Kills the process of a counter, shows what its callers see, and makes another. */
async function loseOne(cluster: Cluster, counter: RemoteCounter): Promise<void> {
  const { path, pool, pid } = actorOf(counter);
  const recovered = new Promise((resolve) => cluster.on("pool-recovered", resolve));
  process.kill(pid!, "SIGKILL");
  try {
    // A long stream of calls: some were answered before the process was gone, one is not.
    for (;;) await counter.add(1);
  } catch (error) {
    if (!isTroupeError(error, "ERR_ACTOR_DIED")) throw error;
    console.log(`${path} lost        ${error.code}: ${error.message}`);
  }
  await recovered;
  const next = await Counter.with({ pool }).create();
  console.log(`made again       ${await next.where()}, counting from ${await next.count}`);
}
