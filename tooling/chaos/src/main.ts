import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Counters } from "./counters/counters.js";
import { Graph } from "./graph/graph.js";
import { Learning, learningPools } from "./learning/learning.js";
import { type Findings, KillTest, type Site } from "./kill-test.js";
import { type Arguments, type Kind, readArguments, usage } from "./options.js";
import { formatFindings, formatProgress } from "./report.js";

/** Milliseconds of a round: long enough for chaos, short enough to know soon what it broke. */
const roundLength = 30_000;
/**
 * What grows to a bound has grown before the driver is looked at first: an actor remembers so many replies to calls
 * with a key (`maxReplies` of its reply cache), all of which are in the driver's store.
 */
const warmUp = 1_024;
/** Bytes of shared memory for the graphs of tasks: less than their large values take, so that some go to disk. */
const capacity = 48 * 1024 * 1024;
/** Milliseconds between two lines of progress. */
const pause = 5_000;

process.exitCode = await main();

/** 0 when all promises were kept, 1 when one was broken, 2 for wrong arguments, 130 when it was interrupted. */
async function main(): Promise<number> {
  let args: Arguments | undefined;
  try {
    args = readArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (args === undefined) {
    console.log(usage);
    return 0;
  }
  const [kind, ...others] = args.kinds;
  if (others.length > 0) return runEach(args.kinds);
  const root = mkdtempSync("/tmp/troupe-chaos-");
  try {
    return await run(kind!, args, root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Each kind in a process of its own, so that what one leaves is not taken for the other's. */
async function runEach(kinds: readonly Kind[]): Promise<number> {
  // Whoever interrupts this interrupts the other as well, which ends in order, and says so.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
  const start = fileURLToPath(new URL("start.mjs", import.meta.url));
  for (const kind of kinds) {
    console.log(`\n${kind}`);
    const child = fork(start, [...process.argv.slice(2), "--only", kind]);
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) return code ?? 1;
  }
  return 0;
}

async function run(kind: Kind, args: Arguments, root: string): Promise<number> {
  const { minutes, verbose, seed } = args;
  const runtimeDirectory = join(root, "run");
  const spill = join(root, "spill");
  for (const folder of [runtimeDirectory, spill]) mkdirSync(folder, { mode: 0o700 });
  process.env["TROUPE_RUNTIME_DIR"] = runtimeDirectory;
  // What the cluster says of pools that die is expected here.
  process.env["TROUPE_LOG"] ??= "silent";
  const rounds = Math.max(2, Math.round((minutes * 60_000) / roundLength));
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupt);

  const options = {
    pools: kind === "learning" ? learningPools : args.pools,
    every: args.every ?? (kind === "learning" ? 1000 : 200),
    seed,
    rounds,
    round: { milliseconds: (minutes * 60_000) / rounds },
    runtimeDirectory,
    objects: kind === "tasks" ? { capacity, segmentBytes: capacity / 8, spill } : undefined,
    log: verbose ? (line: string) => console.log(line) : undefined,
    signal: interruption.signal,
  };
  await using test = await KillTest.start(options, (site) => workOf(kind, args, site));
  console.log(`seed ${test.findings.seed}: ${rounds} rounds in ${minutes} minutes; --seed replays the kills`);
  const begun = performance.now();
  const progress = setInterval(() => {
    console.log(formatProgress(test.findings, (performance.now() - begun) / 1000));
  }, pause);
  let findings: Findings;
  try {
    findings = await test.run();
  } finally {
    clearInterval(progress);
  }
  console.log(formatFindings(findings));
  for (const promise of findings.broken) console.error(`BROKEN: ${promise}`);
  if (findings.broken.length > 0) return 1;
  if (interruption.signal.aborted) {
    console.error("Interrupted; up to here all promises were kept.");
    return 130;
  }
  console.log("All promises were kept.");
  return 0;
}

function workOf(kind: Kind, { pools, counters, lanes, nodes }: Arguments, site: Site) {
  switch (kind) {
    case "actors":
      return Counters.start({ pools, counters, lanes, warmUp }, site);
    case "tasks":
      return Graph.start({ nodes }, site);
    case "learning":
      return Learning.start(site);
  }
}
