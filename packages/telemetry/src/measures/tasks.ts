import type { Measure } from "./measure.js";

/** Tasks of all who submit some. */
export const taskMeasures: readonly Measure[] = [
  {
    name: "troupe_tasks",
    type: "gauge",
    help: "Tasks that wait for a place or run, and have not ended.",
    labels: ["state"],
    read: ({ tasks: { waiting, running } }) => [
      [{ state: "waiting" }, waiting],
      [{ state: "running" }, running],
    ],
  },
  {
    name: "troupe_task_runs_total",
    type: "counter",
    help: "Runs of tasks that came to their end, well or not.",
    labels: [],
    read: ({ tasks: { runs } }) => [[{}, runs]],
  },
];
