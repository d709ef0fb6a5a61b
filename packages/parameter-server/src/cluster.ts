import { type ActorRuntime, currentRuntime } from "@troupe/actors";
import { TroupeError } from "@troupe/core";

const key = Symbol.for("troupe.parameter-server");

/** What all copies of this package in one process have in common. */
interface Shared {
  open: (() => Promise<ActorRuntime>) | undefined;
}

const shared: Shared = ((globalThis as { [key]?: Shared })[key] ??= { open: undefined });

/** Says how a cluster is opened for a parameter server that is made while there is none. */
export function openParameterServersWith(open: () => Promise<ActorRuntime>): void {
  shared.open = open;
}

/** The cluster whose actor runs now, else the one that was opened last. @throws ERR_CONFIG where there is none */
export async function runtimeHere(): Promise<ActorRuntime> {
  const runtime = currentRuntime() ?? (await shared.open?.());
  if (runtime) return runtime;
  throw new TroupeError(
    "ERR_CONFIG",
    "A parameter server lives in a cluster, and none is open in this process.",
  );
}
