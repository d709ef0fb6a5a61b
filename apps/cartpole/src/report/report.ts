import { readFile, rename, writeFile } from "node:fs/promises";

import { solves } from "../actors/evaluator.js";
import type { Plan } from "../plan.js";
import type { History } from "../progress/history.js";
import type { Status } from "../progress/status.js";
import { type Chart, chartsOf } from "./charts.js";

/** Writes how it went as one file of HTML, with all that it needs within it. */
export async function writeReport(path: string, plan: Plan, status: Status, history: History): Promise<void> {
  const [script, style] = await Promise.all([
    readFile(new URL(import.meta.resolve("uplot/dist/uPlot.iife.min.js")), "utf8"),
    readFile(new URL(import.meta.resolve("uplot/dist/uPlot.min.css")), "utf8"),
  ]);
  const temporary = `${path}.tmp`;
  await writeFile(temporary, page(plan, status, chartsOf(plan, history), script, style));
  await rename(temporary, path);
}

function page(plan: Plan, status: Status, charts: readonly Chart[], script: string, style: string): string {
  const { verdict, steps, gradients, seconds, episodes, replaced } = status;
  const isSolved = verdict !== undefined && solves(verdict, plan);
  const facts: readonly [string, string][] = [
    [
      "Verdict",
      verdict
        ? `${isSolved ? "solved" : "not solved"}: mean return ${verdict.mean.toFixed(1)} of ${verdict.episodes} greedy episodes, goal ${plan.goal}`
        : "not examined",
    ],
    ["Policy", verdict ? `version ${verdict.version}, of ${verdict.steps} steps of the environment` : "-"],
    ["Steps of the environment", `${steps} of ${plan.steps} at most`],
    ["Steps of learning", String(gradients)],
    ["Episodes", String(episodes)],
    ["Seconds", seconds.toFixed(1)],
    ["Runners", String(plan.actors)],
    ["Actors that were lost, and made again", String(replaced)],
  ];
  const title = `CartPole by ${plan.algorithm}, seed ${plan.seed}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 0; } p { color: #666; margin: 0 0 .5rem; }
td:first-child { color: #666; padding-right: 1.5rem; }
</style>
<h1>${title}</h1>
<table>${facts.map(([name, value]) => `<tr><td>${name}</td><td>${value}</td></tr>`).join("")}</table>
${charts.map(({ title, about }, index) => `<h2>${title}</h2><p>${about}</p><div id="chart-${index}"></div>`).join("\n")}
<script>${script.replaceAll("</script", "<\\/script")}</script>
<script>
const charts = ${JSON.stringify(charts).replaceAll("<", "\\u003c")};
charts.forEach(({ unit, series, data }, index) => {
  const at = document.getElementById("chart-" + index);
  const lines = series.map(({ label, color, dots }) => ({
    label, stroke: color, width: dots ? 0 : 2, spanGaps: true,
    points: { show: dots, size: 4, fill: color },
    value: (_, value) => value == null ? "-" : +value.toPrecision(4),
  }));
  const options = {
    width: at.clientWidth, height: 260, scales: { x: { time: false } },
    axes: [{ label: unit }, { size: 60 }], series: [{ label: unit }, ...lines],
  };
  const plot = new uPlot(options, data, at);
  addEventListener("resize", () => plot.setSize({ width: at.clientWidth, height: 260 }));
});
</script>
</html>
`;
}
