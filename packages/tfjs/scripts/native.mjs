// Where the native binding of @tensorflow/tfjs-node is kept that `build-native.mjs` builds: outside of the repository.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The folder of all of it. */
export const nativeFolder = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
  "troupe",
  "tfjs-node",
);

/** The package, whether it is there or not. */
export const nativePackage = join(nativeFolder, "node_modules", "@tensorflow", "tfjs-node");

/** Its binding, which is the last that is put there. */
export const nativeBinding = join(nativePackage, "lib", "napi-v8", "tfjs_binding.node");

/** Whether it was built. */
export function isBuilt() {
  return existsSync(nativeBinding);
}
