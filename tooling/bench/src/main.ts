import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";

import type { BenchCase } from "./case.js";
import { actorCases } from "./cases/actors.js";
import { codecCases } from "./cases/codec.js";
import { collectiveCases } from "./cases/collective.js";
import { objectCases } from "./cases/objects.js";
import { parameterCases } from "./cases/parameters.js";
import { proxyCases } from "./cases/proxy.js";
import { replayCases } from "./cases/replay.js";
import { resourceCases } from "./cases/resources.js";
import { shmCases } from "./cases/shm.js";
import { storageCases } from "./cases/storage.js";
import { taskCases } from "./cases/tasks.js";
import { runCase } from "./harness.js";
import type { Outcome } from "./outcome.js";
import { type ProcessProfile, profileCase } from "./profile.js";
import { describeMachine, formatMissing, formatProfile, formatTable } from "./report.js";

const all: readonly BenchCase[] = [
  ...actorCases,
  ...objectCases,
  ...taskCases,
  ...proxyCases,
  ...codecCases,
  ...storageCases,
  ...shmCases,
  ...replayCases,
  ...collectiveCases,
  ...parameterCases,
  ...resourceCases,
];
const groups = [...new Set(all.map(({ group }) => group))];

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    filter: { type: "string" },
    rounds: { type: "string", default: "5" },
    json: { type: "string", default: ".bench/latest.json" },
    profile: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});

if (values.help) {
  console.log(`npm run bench -- [options]

  --only GROUPS   comma-separated: ${groups.join(", ")}; all by default
  --filter TEXT   only cases whose name contains it
  --rounds N      rounds for each case, at least 3; 5 by default
  --json FILE     where the figures go; .bench/latest.json by default
  --profile       has Troupe do each case that missed a goal once more, and says where the time goes`);
} else {
  process.exitCode = await main(values.only?.split(",") ?? groups, Number(values.rounds));
}

/**
 * Runs the cases and reports them; 1 when one could not be measured, 2 for wrong arguments. A ratio that is missed
 * is said, and fails nothing.
 */
async function main(only: readonly string[], rounds: number): Promise<number> {
  const unknown = only.filter((group) => !groups.includes(group));
  if (unknown.length > 0 || !(rounds >= 3)) {
    console.error(
      unknown.length > 0
        ? `No group ${unknown.join(", ")}; there are ${groups.join(", ")}.`
        : "--rounds must be at least 3.",
    );
    return 2;
  }
  const cases = all.filter(({ group, name }) => only.includes(group) && name.includes(values.filter ?? ""));
  const machine = describeMachine();
  const outcomes: Outcome[] = [];
  const profiles = new Map<string, readonly ProcessProfile[]>();
  let failed = false;
  await mkdir(dirname(values.json), { recursive: true });
  for (const [index, case_] of cases.entries()) {
    process.stderr.write(`[${index + 1}/${cases.length}] ${case_.group}: ${case_.name}\n`);
    try {
      outcomes.push(await runCase(case_, rounds));
      if (values.profile && outcomes.at(-1)!.reaches.some(({ reached }) => !reached))
        profiles.set(`${case_.group}: ${case_.name}`, await profileCase(case_));
      // After each, so that a run that is cut short leaves what it had.
      await writeFile(
        values.json,
        `${JSON.stringify({ machine, outcomes, profiles: Object.fromEntries(profiles) }, null, 2)}\n`,
      );
    } catch (error) {
      console.error(`${case_.group}: ${case_.name} could not be measured:`, error);
      failed = true;
    }
  }
  console.log(
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGB} GB, ${machine.platform}, Node ${machine.node}`,
  );
  console.log(formatTable(outcomes));
  process.stdout.write(formatMissing(outcomes));
  for (const [name, found] of profiles) process.stdout.write(formatProfile(name, found));
  return failed ? 1 : 0;
}
