import { type Node, type PoolPlace, servePool } from "@troupe/cluster";

import { nameUnhandledErrors } from "./insight/unhandled-errors.js";
import { preload } from "./preload.js";
import { ActorRuntime, type RuntimeOptions } from "./runtime/runtime.js";

/** Milliseconds for actors to stop: less than the pool has. */
const stopGrace = 4_000;

/** What {@link ActorSystem.start} hands to its pools. */
interface PoolSettings extends Pick<RuntimeOptions, "slowCall"> {
  readonly preloads?: readonly string[];
}

/** What a pool does beside its actors. */
export interface BesideActors {
  /** Gets the node before anybody else can reach it. */
  readonly onNode?: ((node: Node, runtime: ActorRuntime, place: PoolPlace) => void) | undefined;
  /** What runs now that is no actor: output is ascribed to it. */
  readonly currentPath?: (() => string | undefined) | undefined;
  /** The pool ends; its actors stop at the same time. */
  readonly onStop?: (() => Promise<void> | void) | undefined;
}

/** Serves a pool with actors in it, as the program that a cluster is told of. */
export async function serveActors({ onNode, currentPath, onStop }: BesideActors = {}): Promise<void> {
  let runtime: ActorRuntime | undefined;
  nameUnhandledErrors();
  await servePool({
    currentPath: () => runtime?.currentPath() ?? currentPath?.(),
    onNode: async (node, { preloads = [], ...settings }: PoolSettings, place) => {
      await preload(preloads, node.log);
      runtime = new ActorRuntime(node, settings);
      onNode?.(node, runtime, place);
    },
    onStop: async () => {
      await Promise.all([onStop?.(), runtime?.close("its pool ended", stopGrace)]);
    },
  });
}
