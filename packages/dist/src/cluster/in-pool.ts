import { currentRuntime } from "@troupe/actors";
import { isTaskThread } from "@troupe/tasks";

/** Whether this process, or thread, is a pool of a cluster, or a thread of one. */
export function isInPool(): boolean {
  return isTaskThread() || currentRuntime()?.node.transport.self.component === "pool";
}
