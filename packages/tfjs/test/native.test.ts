import { describe, expect, it } from "vitest";

import { isBuilt, nativePackage } from "../scripts/native.mjs";
import { loadTensorFlow } from "../src/index.js";

const wanted = process.env["TROUPE_TENSORFLOW"] ?? (isBuilt() ? nativePackage : undefined);

async function suites() {
  it("is what computes", async () => {
    expect((await loadTensorFlow()).package).toBe(wanted);
  });
  await import("./weights.test.js");
  await import("./trainer.test.js");
  await import("./predictor.test.js");
  await import("./split.test.js");
}

// The other files run on WebAssembly, each in a process of its own. Pools of this one have its environment.
if (wanted === undefined) {
  console.warn(
    `SKIPPED for want of tfjs-node's native binding in ${nativePackage}: node packages/tfjs/scripts/build-native.mjs builds it.`,
  );
  describe.skip("without the native binding", suites);
} else {
  process.env["TROUPE_TENSORFLOW"] = wanted;
  // Milliseconds: each process loads a library of 800 MB.
  describe(`with ${wanted}`, { timeout: 120_000 }, suites);
}
