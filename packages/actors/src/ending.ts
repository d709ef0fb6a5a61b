import type { ActorEvent } from "@troupe/cluster";
import { cancelledError, checkKnown, timeoutProblem, type WaitOptions, withDeadline } from "@troupe/core";

import { homelessError } from "./remote/caller.js";
import type { Handle } from "./remote/handle.js";
import { handleFrom } from "./remote/remote.js";
import type { ActorRuntime } from "./runtime/runtime.js";
import type { AnyRemote } from "./types.js";

/** How an actor is ended, and how long its end is waited for. */
export interface EndOptions extends WaitOptions {
  /** For its `onStop`, and for those who call it later. Default: "it was asked to". */
  readonly reason?: string | undefined;
}

const optionNames: readonly (keyof EndOptions)[] = ["reason", "signal", "timeout"];

/**
 * Lets an actor finish what is in its mailbox, stops its children, and ends it by its `onStop`. What is sent to it
 * from now on is ERR_ACTOR_DIED; streams that still run then end so. For an actor that ended already it does nothing.
 *
 * Resolves when it ended; at once for an actor that stops itself or what it is part of, which ends when its method
 * has returned.
 *
 * @param options A text is the reason.
 * @throws ERR_TIMEOUT, ERR_CANCELLED when it has not ended by then: it goes on stopping, and {@link kill} ends it;
 *   ERR_CONFIG
 */
export function stop(ref: AnyRemote, options?: string | EndOptions): Promise<void> {
  return end(ref, "stop", options);
}

/**
 * Ends an actor at once: what waits for it and what it runs is ERR_ACTOR_DIED, signals of running calls abort, and its
 * `onStop` is not called. Its children are stopped.
 *
 * @param options A text is the reason.
 * @throws ERR_TIMEOUT, ERR_CANCELLED when its process has not said by then that it ended; ERR_CONFIG
 */
export function kill(ref: AnyRemote, options?: string | EndOptions): Promise<void> {
  return end(ref, "kill", options);
}

/** What becomes of an actor from now on, until it ended. Its end is told also when that was before. */
export function watch(ref: AnyRemote): AsyncIterableIterator<ActorEvent, void> {
  const handle = handleFrom(ref);
  return runtimeOf(handle).watches.add(handle.record);
}

async function end(ref: AnyRemote, how: "stop" | "kill", options: string | EndOptions = {}): Promise<void> {
  const handle = handleFrom(ref);
  const { endings } = runtimeOf(handle);
  if (typeof options !== "string") checkKnown(`${how}()`, options, optionNames);
  const { reason = "it was asked to", ...wait }: EndOptions =
    typeof options === "string" ? { reason: options } : options;
  const isBounded = wait.signal !== undefined || wait.timeout !== undefined;
  if (!isBounded) return endings[how](handle.record, reason);
  const what = `${how === "stop" ? "stopping" : "killing"} ${handle.record.path}`;
  const problem = wait.signal?.aborted ? cancelledError(what, wait.signal) : timeoutProblem(wait.timeout);
  if (problem) throw problem;
  await withDeadline(what, endings[how](handle.record, reason), wait);
}

function runtimeOf({ runtime, record }: Handle): ActorRuntime {
  if (runtime) return runtime;
  throw homelessError(record.path);
}
