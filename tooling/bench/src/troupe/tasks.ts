import { availableParallelism } from "node:os";

import type { Contender } from "../case.js";
import { gaugeOf, Program, speedOf } from "../program.js";

/** A case of `troupe-tasks-driver.mjs`, with a pool for each core, as Troupe has them by default. */
export const troupeTasks = (name: string): Contender =>
  contender(async (flags) => speedOf(await start(flags), name));

/** A figure that `troupe-tasks-driver.mjs` reads. */
export const troupeTasksGauge = (name: string): Contender =>
  contender(async (flags) => gaugeOf(await start(flags), name));

function contender(setup: Contender["setup"]): Contender {
  return { name: "Troupe", role: "troupe", setup };
}

function start(flags: readonly string[] = []): Promise<Program> {
  const program = new URL("../programs/troupe-tasks-driver.mjs", import.meta.url).pathname;
  return Program.start(process.execPath, ["--expose-gc", ...flags, program, `${availableParallelism()}`]);
}
