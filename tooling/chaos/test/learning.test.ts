import { noLeftovers } from "@troupe/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

import { KillTest } from "../src/kill-test.js";
import { Learning, learningPools } from "../src/learning/learning.js";
import { formatFindings } from "../src/report.js";

// What is said of pools that die is what this test is about.
process.env["TROUPE_LOG"] ??= "silent";

noLeftovers();

// Vitest reads the source maps of whatever file an error's stack passes through, and keeps them: megabytes with the first
// error of some kind, whenever that happens. So it is in `src/start.mjs`, where they are Node's.
const { prepareStackTrace } = Error;
beforeAll(() => {
  Reflect.deleteProperty(Error, "prepareStackTrace");
});
afterAll(() => {
  Error.prepareStackTrace = prepareStackTrace;
});

it("a writer, a reader, an officer and a runner are killed in turn: no row is torn, nothing acknowledged is lost, and the driver is level", async () => {
  const runtimeDirectory = process.env["TROUPE_RUNTIME_DIR"]!;
  const size = { pools: learningPools, every: 200, rounds: 2, round: { kills: 4, acknowledged: 100 } };
  await using test = await KillTest.start({ ...size, runtimeDirectory }, (site) => Learning.start(site));
  const findings = await test.run();
  expect(findings.broken, formatFindings(findings)).toEqual([]);
  expect(findings).toMatchObject({ rounds: 2, tally: { open: [], again: [] } });
  expect(findings.kills).toBeGreaterThanOrEqual(8);
  expect(findings.tally.acknowledged).toBeGreaterThanOrEqual(200);
}, 240_000);
