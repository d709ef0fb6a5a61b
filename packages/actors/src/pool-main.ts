/**
 * The program that pools run: a cluster is told of it by its URL.
 *
 * @module
 */
import { servePool } from "@troupe/cluster";

import { ActorRuntime } from "./runtime/runtime.js";

/** Milliseconds for actors to stop: less than the pool has. */
const stopGrace = 4_000;

let runtime: ActorRuntime | undefined;

await servePool({
  currentPath: () => runtime?.currentPath(),
  onNode: (node) => {
    runtime = new ActorRuntime(node);
  },
  onStop: () => runtime?.close("its pool ended", stopGrace),
});
