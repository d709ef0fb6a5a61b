import { TroupeError } from "@troupe/core";

import { describeUnits } from "./amounts.js";
import type { Shape } from "./line/shape.js";
import type { WorkerState } from "./worker/worker-state.js";
import type { Workers } from "./worker/workers.js";

/** For a task that no worker could ever run, were it empty. */
export function impossibleTask(shape: Shape, place: string, workers: Workers): TroupeError {
  const serving = workers.possible.filter((worker) => worker.places.includes(place));
  const largest = serving.reduce<WorkerState | undefined>(
    (best, worker) => (best === undefined || isLarger(worker, best, shape) ? worker : best),
    undefined,
  );
  const there = largest
    ? `Of ${serving.length} that serve it the largest, ${largest.name} on ${largest.host}, has ${describeUnits(largest.capacity)}.`
    : `Of ${workers.possible.length} workers none serves it.`;
  return new TroupeError(
    "ERR_NO_RESOURCES",
    `No worker can ever run a task that needs ${describeUnits(shape.needs)} at "${place}". ${there} ` +
      "Ask for less, or add a worker that has it.",
    { retryable: false, details: { place, workers: workers.possible.length } },
  );
}

/** By what is scarcest of what is asked for. */
function isLarger({ capacity: a }: WorkerState, { capacity: b }: WorkerState, { needs }: Shape): boolean {
  const custom = (units: WorkerState["capacity"]) =>
    needs.custom.filter(([name]) => units.custom.some(([other]) => other === name)).length;
  if (custom(a) !== custom(b)) return custom(a) > custom(b);
  if (needs.gpu > 0 && a.gpu !== b.gpu) return a.gpu > b.gpu;
  return a.cpu !== b.cpu ? a.cpu > b.cpu : a.memory > b.memory;
}
