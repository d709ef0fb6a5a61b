import { cpus, totalmem } from "node:os";

import Table from "cli-table3";

import type { Outcome } from "./harness.js";

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
  for (const { group, name, unit, results, ratios, reach } of outcomes) {
    for (const { contender, median, latency, residentMB } of results) {
      const isGoal = reach?.of === contender;
      table.push([
        `${group}: ${name}`,
        contender,
        `${figure(median)} ${unit}`,
        latency ? latency.p50.toFixed(1) : "",
        latency ? latency.p99.toFixed(1) : "",
        residentMB.toFixed(0),
        ratios[contender]?.toFixed(2) ?? "",
        isGoal ? `≥ ${reach.ratio} ${reach.reached ? "✓ reached" : "✗ missed"}` : "",
      ]);
    }
  }
  return table.toString();
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
