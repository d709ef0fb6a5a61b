// npm run verify: everything that must hold before a change goes in. Stops at the first that does not.
import { capture, step } from "./run.mjs";
import { build, runScript, setUp } from "./setup.mjs";

const script = (name) => capture("pnpm", ["run", "--silent", name]);

/** In order: the quick ones first, those that need the build after it. */
const steps = {
  format: () => script("format"),
  lint: () => script("lint"),
  types: () => script("types"),
  layers: () => script("layers"),
  knip: () => script("knip"),
  build: () => build(),
  packed: () => script("packed"),
  tests: async () => {
    const result = await capture(process.execPath, ["tooling/scripts/test.mjs"]);
    return { ...result, note: result.output.trimEnd().split("\n").at(-1) };
  },
};

await runScript(async () => {
  await setUp({ build: [] });
  for (const [name, work] of Object.entries(steps)) {
    const code = await step(name, work);
    if (code !== 0) return code;
  }
  return 0;
});
