import type { TaskRecord } from "./line/task-record.js";
import type { WorkerState } from "./worker/worker-state.js";

/** Workers that are asked in turn whether they have something for an idle one. */
const victims = 4;

/**
 * What an idle worker had better run: the later half of what lies at the worker where most lies, first of all on the
 * same host.
 */
export function toRecall(thief: WorkerState, lying: ReadonlySet<WorkerState>): TaskRecord[] {
  const fullest = [...lying]
    .filter((worker) => worker !== thief && worker.waiting.size > worker.recalled)
    .sort((a, b) => Number(b.host === thief.host) - Number(a.host === thief.host) || left(b) - left(a));
  for (const victim of fullest.slice(0, victims)) {
    const records = [...victim.waiting].filter(
      (record) => !record.recalled && mayRun(thief, record) && thief.hasRoomFor(record.line.shape),
    );
    if (records.length > 0) return records.slice(Math.floor(records.length / 2));
  }
  return [];
}

function left({ waiting, recalled }: WorkerState): number {
  return waiting.size - recalled;
}

function mayRun(worker: WorkerState, { line }: TaskRecord): boolean {
  const { place, policy } = line;
  return (
    worker.places.includes(place) || (policy.openTo !== undefined && worker.places.includes(policy.openTo))
  );
}
