// npm test [-- vitest's arguments]: sets up, builds everything, runs every test.
import { show } from "./run.mjs";
import { runScript, setUp } from "./setup.mjs";

await runScript(async () => {
  await setUp();
  // Before the tests, which would all ask for it at the same time.
  const { redisAvailable } = await import("../../packages/testkit/dist/index.js");
  if (!(await redisAvailable())) {
    console.error(
      "No redis-server here: the tests that need it will be skipped. Put one on the PATH, or run as root where apt is.",
    );
  }
  return show("vitest", ["run", ...process.argv.slice(2)]);
});
