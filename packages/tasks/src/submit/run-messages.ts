import type { RunForm, RunOptions, ToWorker } from "../wire.js";
import type { TaskPlan } from "../definition/plan.js";
import type { SentRun } from "./worker-link.js";

/** Runs that go in one message, at most: their arguments may be large. */
const maxBatch = 1_024;

/** What a worker is sent to begin these runs, in their order: those of one task in a row share a message. */
export function runMessages(starting: readonly SentRun[]): ToWorker[] {
  const messages: ToWorker[] = [];
  for (let at = 0; at < starting.length;) at = addRuns(messages, starting, at);
  return messages;
}

/** @returns Where the next message begins. */
function addRuns(messages: ToWorker[], starting: readonly SentRun[], from: number): number {
  const { plan } = starting[from]!.submission;
  const runs: RunForm[] = [];
  let at = from;
  for (; at < starting.length && at - from < maxBatch; at++) {
    const run = starting[at]!;
    if (run.submission.plan !== plan) break;
    // One that was given up, or granted another place since, does not begin.
    if (run.submission.link?.runs.get(run.id) === run) runs.push(formOf(run));
  }
  const { definition } = plan;
  if (runs.length > 0) messages.push(["run", definition.module!, definition.name, optionsOf(plan), runs]);
  return at;
}

function formOf({ id, submission }: SentRun): RunForm {
  const { forms, inner, stream, devices } = submission;
  if (devices) return [id, forms, inner, stream?.count ?? null, devices];
  if (stream) return [id, forms, inner, stream.count];
  return inner.length === 0 ? [id, forms] : [id, forms, inner];
}

function optionsOf({ returns, timeout, needs, isThread }: TaskPlan): RunOptions {
  return {
    ...(needs.cpu === 1 ? {} : { cpu: needs.cpu }),
    ...(returns === undefined ? {} : { returns }),
    ...(isThread ? { isThread } : {}),
    ...(timeout === undefined ? {} : { isTimed: true }),
  };
}
