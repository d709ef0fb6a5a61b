import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "tooling/*/vitest.config.ts"],
    reporters: ["default", "./tooling/vitest/closing-line.ts"],
    maxWorkers: 2,
  },
});
