import { fileURLToPath } from "node:url";

import { defineProject } from "vitest/config";

/** The vitest settings that every package and app shares. `vite`'s esbuild lowers stage-3 decorators. */
export const suite = (name: string) =>
  defineProject({
    esbuild: { target: "node20" },
    test: {
      name,
      include: ["test/**/*.test.ts"],
      globalSetup: fileURLToPath(new URL("global-setup.ts", import.meta.url)),
      pool: "forks",
      testTimeout: 30_000,
      hookTimeout: 60_000,
    },
  });
