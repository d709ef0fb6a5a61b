// npm run build [-- turbo's flags, such as --filter=@troupe/cli]: sets up, and builds what changed and what it needs.
import { show } from "./run.mjs";
import { runScript, setUp } from "./setup.mjs";

await runScript(async () => {
  await setUp({ build: [] });
  return show("turbo", ["run", "build", ...process.argv.slice(2)]);
});
