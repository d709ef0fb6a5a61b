import { defineConfig, type Options } from "tsup";

/** One ESM bundle for each entry, dependencies left outside; `tsc -b` writes the declarations beside it. */
export const library = (entry: string[] = ["src/index.ts"], options: Options = {}) =>
  defineConfig({
    entry,
    format: "esm",
    target: "node20",
    platform: "node",
    sourcemap: true,
    clean: false,
    dts: false,
    splitting: true,
    silent: true,
    ...options,
  });
