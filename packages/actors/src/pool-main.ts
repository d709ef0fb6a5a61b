/**
 * The program that pools run: a cluster is told of it by its URL.
 *
 * @module
 */
import { servePool } from "@troupe/cluster";

import { ActorRuntime } from "./runtime/runtime.js";

let runtime: ActorRuntime | undefined;

await servePool({
  currentPath: () => runtime?.currentPath(),
  onNode: (node) => {
    runtime = new ActorRuntime(node);
  },
  onStop: () => runtime?.close("its pool ended"),
});
