import type { Contender } from "../case.js";
import { coldStart, gaugeOf, Program, speedOf } from "../program.js";

/** How the cluster of a contender is. */
export interface TroupeOptions {
  /** Pools; 1 by default. */
  readonly pools?: number;
  /** Actors that stand in them; 1 by default. */
  readonly actors?: number;
  /** Whether there is shared memory; without it all goes by ipc. */
  readonly shm?: boolean;
  /** How the contender is called; "Troupe" by default. */
  readonly name?: string;
  /** "troupe" by default: the one whose figure is held against the others. */
  readonly role?: "troupe" | "baseline";
}

/** A case of `troupe-driver.mjs`. */
export function troupe(name: string, options: TroupeOptions = {}): Contender {
  return contender(options, async (flags) => speedOf(await start(options, flags), name));
}

/** A figure that `troupe-driver.mjs` reads. */
export function troupeGauge(name: string, options: TroupeOptions = {}): Contender {
  return contender(options, async (flags) => gaugeOf(await start(options, flags), name));
}

/** A driver's cold start, up to the first reply. */
export const troupeCold: Contender = contender({}, (flags) => coldStart(() => start({}, flags), "one"));

function contender(
  { name = "Troupe", role = "troupe" }: TroupeOptions,
  setup: Contender["setup"],
): Contender {
  return { name, role, setup };
}

function start(
  { pools = 1, actors = 1, shm = true }: TroupeOptions,
  flags: readonly string[] = [],
): Promise<Program> {
  const program = new URL("../programs/troupe-driver.mjs", import.meta.url).pathname;
  return Program.start(
    process.execPath,
    ["--expose-gc", ...flags, program, `${pools}`, `${actors}`],
    shm ? {} : { TROUPE_SHM: "0", TROUPE_LOG: "error" },
  );
}
