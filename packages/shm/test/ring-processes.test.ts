import { Harness } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { program, segmentsOf } from "./fixtures.js";

/** Milliseconds of torture; more by the environment. */
const torture = process.env["SHM_TORTURE"] ?? "3000";

describe("between two processes", () => {
  it.each([
    { records: 1_000_000, bytes: 1 << 20 },
    { records: 100_000, bytes: 1 << 15 },
  ])(
    "$records records of random sizes arrive whole and in order through $bytes bytes, whoever waits",
    { timeout: 120_000 },
    async ({ records, bytes }) => {
      await using harness = await Harness.start();
      await using writer = harness.spawn(program("ring-writer.mjs"), { args: [`${records}`, `${bytes}`] });
      const [, ring, bells] = await writer.line(/ring (\S+) (\S+)/);
      await using reader = harness.spawn(program("ring-reader.mjs"), { args: [`${records}`, ring!, bells!] });
      await reader.line("open");
      await writer.send("go");
      await writer.line("written", { timeout: 100_000 });
      await reader.line(`checked ${records}, empty`);
      expect(await writer.exited).toEqual({ code: 0, signal: null });
      expect(await reader.exited).toEqual({ code: 0, signal: null });
      expect([...segmentsOf(writer.pid), ...segmentsOf(reader.pid)]).toEqual([]);
    },
  );

  it(
    "a writer that is stopped or killed at any moment has published whole records only",
    { timeout: 60_000 + Number(torture) },
    async () => {
      await using harness = await Harness.start();
      await using run = harness.spawn(program("ring-torture.mjs"), { args: [torture] });
      await run.line(/whole: true/, { timeout: 50_000 + Number(torture) });
      expect(await run.exited).toEqual({ code: 0, signal: null });
    },
  );
});
