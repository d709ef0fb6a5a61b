// npm test [-- vitest's arguments]: sets up, builds everything, runs every test.
import { show } from "./run.mjs";
import { runScript, setUp } from "./setup.mjs";

await runScript(async () => {
  try {
    await setUp();
  } catch (error) {
    // Machines read the last line of standard output; a run that came to no test has failed once.
    process.once("exit", () => console.log("0 passed, 1 failed, 0 skipped"));
    throw error;
  }
  // Before the tests, which would all ask for it at the same time.
  const { redisAvailable } = await import("../../packages/testkit/dist/index.js");
  if (!(await redisAvailable()))
    console.error("No redis-server here: the tests that need it will be skipped.");
  return show("vitest", ["run", ...process.argv.slice(2)]);
});
