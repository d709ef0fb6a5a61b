import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { noLeftovers } from "@troupe/testkit";
import { expect, it } from "vitest";

import { Graph } from "../src/graph/graph.js";
import { KillTest } from "../src/kill-test.js";
import { formatFindings } from "../src/report.js";

// What is said of pools that die is what this test is about.
process.env["TROUPE_LOG"] ??= "silent";

noLeftovers();

it("pools are killed under graphs of tasks: each comes to the right answer, and no object, segment, file or process is left", async () => {
  const spill = mkdtempSync(join(tmpdir(), "troupe-chaos-"));
  try {
    const size = { pools: 2, every: 200, rounds: 1, round: { kills: 8, acknowledged: 500 } };
    const objects = { capacity: 16 * 1024 * 1024, segmentBytes: 4 * 1024 * 1024, spill };
    const runtimeDirectory = process.env["TROUPE_RUNTIME_DIR"]!;
    await using test = await KillTest.start({ ...size, objects, runtimeDirectory }, (site) =>
      Graph.start({ nodes: 400 }, site),
    );
    const findings = await test.run();
    expect(findings.broken, formatFindings(findings)).toEqual([]);
    expect(findings).toMatchObject({ rounds: 1, tally: { open: [], again: [] } });
    expect(findings.kills).toBeGreaterThanOrEqual(8);
    expect(findings.tally.acknowledged).toBeGreaterThanOrEqual(500);
  } finally {
    rmSync(spill, { recursive: true, force: true });
  }
}, 120_000);
