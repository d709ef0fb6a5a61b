import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

import { type Findings, KillTest } from "./kill-test.js";
import { type Arguments, readArguments, usage } from "./options.js";
import { formatFindings, formatProgress } from "./report.js";

/** Milliseconds of a round: long enough for chaos, short enough to know soon what it broke. */
const roundLength = 30_000;
/**
 * What grows to a bound has grown before the driver is looked at first: an actor remembers so many replies to calls
 * with a key (`maxReplies` of its reply cache), all of which are in the driver's store.
 */
const warmUp = 1_024;
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
  const root = mkdtempSync("/tmp/troupe-chaos-");
  try {
    return await run(args, root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function run({ minutes, verbose, ...options }: Arguments, root: string): Promise<number> {
  const runtimeDirectory = join(root, "run");
  mkdirSync(runtimeDirectory, { mode: 0o700 });
  process.env["TROUPE_RUNTIME_DIR"] = runtimeDirectory;
  // What the cluster says of pools that die is expected here.
  process.env["TROUPE_LOG"] ??= "silent";
  const rounds = Math.max(2, Math.round((minutes * 60_000) / roundLength));
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupt);

  await using test = await KillTest.start({
    ...options,
    rounds,
    round: { milliseconds: (minutes * 60_000) / rounds },
    warmUp,
    runtimeDirectory,
    log: verbose ? (line) => console.log(line) : undefined,
    signal: interruption.signal,
  });
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
