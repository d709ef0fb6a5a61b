// npm run chaos [-- --minutes 10 --pools 4 --seed 1]: sets up, builds everything, kills pools under load.
import { show } from "./run.mjs";
import { runScript, setUp } from "./setup.mjs";

await runScript(async () => {
  await setUp();
  return show(process.execPath, ["tooling/chaos/src/start.mjs", ...process.argv.slice(2)]);
});
