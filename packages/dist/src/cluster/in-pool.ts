import { currentRuntime } from "@troupe/actors";

/** Whether this process, or thread, is a pool of a cluster. */
export function isInPool(): boolean {
  return currentRuntime()?.node.transport.self.component === "pool";
}
