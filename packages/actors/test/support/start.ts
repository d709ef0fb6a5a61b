import type { DeadLetter } from "@troupe/cluster";
import { waitUntil } from "@troupe/testkit";

import { actorOf } from "../../src/remote/remote.js";
import type { AnyRemote } from "../../src/types.js";
import { ActorSystem, type ActorSystemOptions } from "../../src/system.js";

// What is said of pools and messages that die is what these tests are about.
process.env["TROUPE_LOG"] ??= "silent";

/** Where the actors of a test live: a pool of their own, or the process of the test. */
export const routes = [
  { route: "in another process", pool: "pool-0" },
  { route: "in the same process", pool: "driver-0" },
] as const;

/** The lines that pools wrote, and the letters that nobody got. */
export interface TestSystem extends AsyncDisposable {
  readonly system: ActorSystem;
  readonly lines: readonly string[];
  readonly deadLetters: readonly DeadLetter[];
}

/** Started with no options of the test runner's own, and with the program that was built. */
export async function startSystem({
  pools = 1,
  ...options
}: Partial<ActorSystemOptions> = {}): Promise<TestSystem> {
  const lines: string[] = [];
  const deadLetters: DeadLetter[] = [];
  const execArgv: string[] = [];
  const system = await ActorSystem.start({
    program: new URL("../../dist/pool-main.js", import.meta.url),
    log: (line) => lines.push(line),
    ...options,
    pools:
      typeof pools === "number"
        ? Array.from({ length: pools }, () => ({ execArgv }))
        : pools.map((pool) => ({ execArgv, ...pool })),
  });
  system.cluster.on("dead-letter", (letter) => deadLetters.push(letter));
  return { system, lines, deadLetters, [Symbol.asyncDispose]: () => system.close() };
}

/** A reference as plain tests see it: `.mjs` programs have no types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- its members are what the program says
export type Ref = AnyRemote & Record<string, any>;

/** What a promise was rejected with. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

/** Kills the process of an actor, and waits until that is known. */
export async function crash({ system }: TestSystem, ref: Ref): Promise<void> {
  const { pid } = actorOf(ref);
  process.kill(pid!, "SIGKILL");
  const isKnown = () => !system.cluster.pools().some((pool) => pool.pid === pid && pool.state === "up");
  await waitUntil(isKnown, { what: "the end of the pool" });
}
