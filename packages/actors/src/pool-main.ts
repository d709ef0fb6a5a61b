/**
 * The program that pools run: a cluster is told of it by its URL.
 *
 * @module
 */
import { servePool } from "@troupe/cluster";

import { nameUnhandledErrors } from "./insight/unhandled-errors.js";
import { ActorRuntime, type RuntimeOptions } from "./runtime/runtime.js";

/** Milliseconds for actors to stop: less than the pool has. */
const stopGrace = 4_000;

/** What {@link ActorSystem.start} hands to its pools. */
type PoolSettings = Pick<RuntimeOptions, "slowCall">;

let runtime: ActorRuntime | undefined;

nameUnhandledErrors();
await servePool({
  currentPath: () => runtime?.currentPath(),
  onNode: (node, settings: PoolSettings) => {
    runtime = new ActorRuntime(node, settings);
  },
  onStop: () => runtime?.close("its pool ended", stopGrace),
});
