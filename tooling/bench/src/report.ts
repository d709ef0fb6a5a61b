import { cpus, totalmem } from "node:os";

import Table from "cli-table3";

import { isLowerBetter } from "./case.js";
import type { Outcome, Result } from "./outcome.js";
import type { ProcessProfile } from "./profile.js";

/** The machine that the figures are of. */
export function describeMachine() {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? "unknown",
    cores: processors.length,
    memoryGB: Math.round(totalmem() / 1e9),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

/** One row a contender, Troupe's first; ratios are Troupe's figure by the row's. */
export function formatTable(outcomes: readonly Outcome[]): string {
  const table = new Table({
    head: ["case", "contender", "figure", "p50 µs", "p99 µs", "RSS MB", "Troupe ÷ it", "to reach"],
    style: { head: [], border: [] },
    colAligns: ["left", "left", "right", "right", "right", "right", "right", "left"],
  });
  for (const outcome of outcomes) {
    for (const result of outcome.results) {
      const { contender, median, latency, residentMB } = result;
      table.push([
        `${outcome.group}: ${outcome.name}`,
        contender,
        `${figure(median)} ${outcome.unit}`,
        latency ? latency.p50.toFixed(1) : "",
        latency ? latency.p99.toFixed(1) : "",
        residentMB.toFixed(0),
        outcome.ratios[contender]?.toPrecision(3) ?? "",
        goals(outcome, result),
      ]);
    }
  }
  return table.toString();
}

/** A line for each contender that could not run: why, and in which cases it is not there. */
export function formatMissing(outcomes: readonly Outcome[]): string {
  const cases = new Map<string, string[]>();
  for (const { group, name, missing } of outcomes) {
    for (const { contender, reason } of missing) {
      const line = `Missing: ${contender} (${reason})`;
      cases.set(line, [...(cases.get(line) ?? []), `${group}: ${name}`]);
    }
  }
  return [...cases].map(([line, names]) => `${line}, in ${names.join("; ")}\n`).join("");
}

/** Where the time of a case went, process by process: by owner, and by function. */
export function formatProfile(name: string, profiles: readonly ProcessProfile[]): string {
  const list = (shares: ProcessProfile["owners"]) =>
    shares.map(({ name, share }) => `${(share * 100).toFixed(0)} % ${name}`).join(", ");
  const lines = profiles.flatMap(({ process, seconds, owners, functions }) => [
    `  ${process}, ${seconds.toFixed(1)} s: ${list(owners)}`,
    `    in ${list(functions)}`,
  ]);
  return `Where the time of "${name}" goes\n${lines.join("\n")}\n`;
}

/** What Troupe is to reach by this contender; beside Troupe's own figure, what that is to be. */
function goals({ reaches, unit }: Outcome, { contender, role }: Result): string {
  const sign = isLowerBetter(unit) ? "≤" : "≥";
  return reaches
    .filter((goal) => ("of" in goal ? goal.of === contender : role === "troupe"))
    .map((goal) => {
      const asked = "of" in goal ? `${goal.ratio}` : `${figure(goal.figure)} ${unit}`;
      const by = "by" in goal ? `, by p50 ${goal.is.toPrecision(3)}` : "";
      return `${sign} ${asked} ${goal.reached ? "✓ reached" : "✗ missed"}${by}`;
    })
    .join("\n");
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
