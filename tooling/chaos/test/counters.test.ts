import { noLeftovers } from "@troupe/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

import { Counters } from "../src/counters/counters.js";
import { KillTest } from "../src/kill-test.js";
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

it("pools are killed under load: each call settles once, no increment is lost or counted twice, and the driver is level", async () => {
  const runtimeDirectory = process.env["TROUPE_RUNTIME_DIR"]!;
  const size = { pools: 2, every: 200, rounds: 3, round: { kills: 8, acknowledged: 100 } };
  await using test = await KillTest.start({ ...size, runtimeDirectory }, (site) =>
    Counters.start({ pools: 2, counters: 6, lanes: 32 }, site),
  );
  const findings = await test.run();
  expect(findings.broken, formatFindings(findings)).toEqual([]);
  expect(findings).toMatchObject({ rounds: 3, tally: { open: [], again: [] } });
  expect(findings.kills).toBeGreaterThanOrEqual(24);
  expect(findings.poolRestarts).toBeGreaterThanOrEqual(24);
  expect(findings.tally.acknowledged).toBeGreaterThanOrEqual(300);
}, 120_000);
