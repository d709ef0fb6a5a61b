import type { ObjectRef } from "@troupe/objects";

import type { TaskPlan } from "../definition/plan.js";
import { TroupeError } from "@troupe/core";
import type { TaskRuntime } from "../runtime.js";
import { shared } from "../shared.js";
import { asError, cancelledError } from "./errors.js";
import { ItemStream } from "./item-stream.js";
import { Submission } from "./submission.js";

/** The runtime of this process; `undefined` where no cluster is open. */
export function currentTasks(): TaskRuntime | undefined {
  return shared.runtimes.at(-1);
}

/** Submits a task to the cluster that this process is part of, or to one that is opened for it. */
export function submit(plan: TaskPlan, args: readonly unknown[]): Submission {
  assertSubmittable(plan);
  const submission = new Submission(plan, args);
  dispatch(submission);
  return submission;
}

/** Submits a task that gives items. */
export function submitStream(plan: TaskPlan, args: readonly unknown[]): AsyncIterableIterator<ObjectRef> {
  assertSubmittable(plan);
  const stream = new ItemStream(
    (count) => currentTasks()?.submitter.credit(submission, count),
    () => currentTasks()?.submitter.giveUp(submission, cancelledError(plan.name)),
  );
  const submission = new Submission(plan, args, stream);
  dispatch(submission);
  return stream;
}

function dispatch(submission: Submission): void {
  const runtime = currentTasks();
  if (runtime) return runtime.submitter.submit(submission);
  void openFor(submission);
}

async function openFor(submission: Submission): Promise<void> {
  try {
    const runtime = await (shared.opening ??= shared.open!());
    runtime.submitter.submit(submission);
  } catch (error) {
    submission.fail(asError(error));
  } finally {
    shared.opening = undefined;
  }
}

/** @throws ERR_MODULE for a function that pools cannot find, ERR_ENTRY_MODULE, ERR_CONFIG where no cluster is */
function assertSubmittable({ definition, name }: TaskPlan): void {
  if (definition.module === undefined) {
    throw new TroupeError(
      "ERR_MODULE",
      `Pools find the function of a task by its module, and none is known for ${name}: define it in a module, as task(function ${name}() { … }, import.meta).`,
      { details: { task: name } },
    );
  }
  definition.assertImportable?.(definition);
  if (!shared.isThread && (shared.runtimes.length > 0 || shared.open)) return;
  const text = shared.isThread
    ? `The task ${name} cannot be submitted here: this is a thread for pure computation, by isolation: "thread".`
    : `The task ${name} was submitted where no cluster is open.`;
  throw new TroupeError(shared.isThread ? "ERR_CONFIG" : "ERR_CLOSED", text, { details: { task: name } });
}
