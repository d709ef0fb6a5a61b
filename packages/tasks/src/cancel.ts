import { TroupeError } from "@troupe/core";
import { isObjectRef, type ObjectRef } from "@troupe/objects";

import { currentTasks } from "./submit/submit.js";
import { cancelOp } from "./wire.js";

/**
 * Gives up the task of which the ref is a result: one that has not begun never will, and of one that runs
 * `context().signal` aborts. All its results fail with ERR_CANCELLED at once. A run that does not end within a second,
 * and keeps its pool from answering, is ended with the pool's process, which is started again; one that does not keep it
 * from that goes on, and its cores are given to others.
 *
 * A call of an actor by `remote()` is given up as well: one that has not begun never does, and of one that runs
 * `context().signal` aborts; the actor lives on.
 *
 * @returns Whether there was anything to give up; of what another process submitted or called, whether that was told.
 * @throws ERR_CONFIG for what is no ref
 */
export function cancel(ref: ObjectRef): boolean {
  if (!isObjectRef(ref))
    throw new TroupeError("ERR_CONFIG", "cancel() takes the ref of what a task or a call of an actor gives.");
  const tasks = currentTasks();
  if (!tasks) return false;
  const { id } = ref;
  const [owner = ""] = id.split("/");
  if (owner === tasks.node.name) return tasks.submitter.cancel(id);
  if (id === owner) return false;
  tasks.node.tell(owner, cancelOp, id);
  return true;
}
