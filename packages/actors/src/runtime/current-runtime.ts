import { shared } from "../shared.js";
import type { ActorRuntime } from "./runtime.js";

/** The runtime of the actor that runs now; outside of actors the one of this process that was opened last. */
export function currentRuntime(): ActorRuntime | undefined {
  return shared.running.getStore()?.cell.runtime ?? shared.runtimes.at(-1);
}
