import type { ActorEvent } from "@troupe/cluster";

import { homelessError } from "./remote/caller.js";
import type { Handle } from "./remote/handle.js";
import { handleFrom } from "./remote/remote.js";
import type { ActorRuntime } from "./runtime/runtime.js";
import type { AnyRemote } from "./types.js";

/**
 * Lets an actor finish what is in its mailbox, stops its children, and ends it by its `onStop`. What is sent to it
 * from now on is ERR_ACTOR_DIED; streams that still run then end so. For an actor that ended already it does nothing.
 *
 * Resolves when it ended; at once for an actor that stops itself or what it is part of, which ends when its method
 * has returned.
 *
 * @param reason For its `onStop`, and for those who call it later.
 */
export async function stop(ref: AnyRemote, reason = "it was asked to"): Promise<void> {
  const handle = handleFrom(ref);
  await runtimeOf(handle).endings.stop(handle.record, reason);
}

/**
 * Ends an actor at once: what waits for it and what it runs is ERR_ACTOR_DIED, signals of running calls abort, and its
 * `onStop` is not called. Its children are stopped.
 */
export async function kill(ref: AnyRemote, reason = "it was asked to"): Promise<void> {
  const handle = handleFrom(ref);
  await runtimeOf(handle).endings.kill(handle.record, reason);
}

/** What becomes of an actor from now on, until it ended. Its end is told also when that was before. */
export function watch(ref: AnyRemote): AsyncIterableIterator<ActorEvent, void> {
  const handle = handleFrom(ref);
  return runtimeOf(handle).watches.add(handle.record);
}

function runtimeOf({ runtime, record }: Handle): ActorRuntime {
  if (runtime) return runtime;
  throw homelessError(record.path);
}
