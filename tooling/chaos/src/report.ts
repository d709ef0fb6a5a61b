import Table from "cli-table3";

import type { Findings } from "./kill-test.js";
import type { Vitals } from "./vitals.js";

/** One line of where it stands. @param seconds Since it began. */
export function formatProgress(
  { noun, tally, kills, freezes, poolRestarts, rounds }: Findings,
  seconds: number,
): string {
  const clock = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  const { heapUsed, rss } = process.memoryUsage();
  return [
    `${clock}  round ${rounds + 1}`,
    `${tally.acknowledged.toLocaleString("en")} ${noun} acknowledged, ${tally.failed.toLocaleString("en")} failed`,
    `${kills} kills, ${freezes} freezes, ${poolRestarts} restarts`,
    `heap ${megabytes(heapUsed / 1e6)}, resident ${megabytes(rss / 1e6)}`,
  ].join(" | ");
}

/** What it came to. */
export function formatFindings(findings: Findings): string {
  const { noun, tally, figures, kills, freezes, poolRestarts, vitals, rounds, seed } = findings;
  const totals = new Table({ style: { head: [], border: [] } });
  totals.push(
    ["seed", String(seed)],
    ["rounds", String(rounds)],
    ["pools killed, frozen, restarted", [kills, freezes, poolRestarts].join(", ")],
    ...figures.map((row) => [...row]),
    [`${noun} asked for`, tally.begun.toLocaleString("en")],
    ["acknowledged", tally.acknowledged.toLocaleString("en")],
    ...[...tally.failures].map(([code, times]) => [`failed with ${code}`, times.toLocaleString("en")]),
    ["never settled", String(tally.open.length)],
    ["settled twice", String(tally.again.length)],
  );
  return `${totals.toString()}\n${formatVitals(vitals)}`;
}

/** What one look after the first round, and the one after the last, have seen. */
function formatVitals(vitals: readonly Vitals[]): string {
  const [first, last] = [vitals[0], vitals.at(-1)];
  if (!first || !last) return "";
  const table = new Table({
    head: ["of the driver", "first round", "last round"],
    style: { head: [], border: [] },
  });
  for (const name of Object.keys(first) as (keyof Vitals)[])
    table.push([name, String(Math.round(first[name] * 10) / 10), String(Math.round(last[name] * 10) / 10)]);
  return table.toString();
}

function megabytes(figure: number): string {
  return `${figure.toFixed(0)} MB`;
}
