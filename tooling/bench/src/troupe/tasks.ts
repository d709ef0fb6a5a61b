import { availableParallelism } from "node:os";

import type { Contender } from "../case.js";
import { Program, speedOf } from "../program.js";

/** A case of `troupe-tasks-driver.mjs`, with a pool for each core, as Troupe has them by default. */
export const troupeTasks = (name: string): Contender => ({
  name: "Troupe",
  role: "troupe",
  async setup(flags = []) {
    const program = new URL("../programs/troupe-tasks-driver.mjs", import.meta.url).pathname;
    return speedOf(
      await Program.start(process.execPath, ["--expose-gc", ...flags, program, `${availableParallelism()}`]),
      name,
    );
  },
});
