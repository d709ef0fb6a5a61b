import type { TaskRuntime } from "./runtime.js";
import { shared } from "./shared.js";
import { countWaits } from "./waits.js";

/** Says how a cluster is opened for a task that is submitted while there is none. */
export function openTasksWith(open: () => Promise<TaskRuntime>): void {
  shared.open = open;
  countWaits();
}

/** Whether this is a thread of a pool for tasks that are pure computation: nothing of a cluster is there. */
export function isTaskThread(): boolean {
  return shared.isThread;
}
