// npm run bench [-- --only proxy,codec --rounds 5]: sets up, builds everything, measures.
import { show } from "./run.mjs";
import { runScript, setUp } from "./setup.mjs";

await runScript(async () => {
  await setUp();
  return show("tsx", ["tooling/bench/src/main.ts", ...process.argv.slice(2)]);
});
