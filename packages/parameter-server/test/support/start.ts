import { ActorSystem, type ActorSystemOptions, poolProgram } from "@troupe/actors";
import { objects } from "@troupe/objects";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll } from "vitest";

// What is said of pools that die is what some tests are about.
process.env["TROUPE_LOG"] ??= "silent";

/** What a test file needs once. */
export function clean(): void {
  noLeftovers();
  afterAll(() => objects.close());
}

/** Numbers of a tensor of which a version is in shared memory, and not in messages. */
export const large = 100_000;

type Role = "captain" | "officer" | "shard";

/** A cluster in which a test has its parameter servers. */
export interface TestSystem extends AsyncDisposable {
  readonly system: ActorSystem;
  /** The process of the first actor of that class. */
  pidOf(name: Role): number;
  /** Kills these processes at once, and waits until the cluster knows. */
  kill(...names: Role[]): Promise<void>;
}

/** Started without options of the test runner's own. */
export async function startSystem({
  pools = 2,
  ...options
}: Partial<ActorSystemOptions> = {}): Promise<TestSystem> {
  const system = await ActorSystem.start({
    program: poolProgram,
    log: false,
    ...options,
    pools: typeof pools === "number" ? Array.from({ length: pools }, () => ({ execArgv: [] })) : pools,
  });
  const pidOf = (name: string) => {
    const [found] = system
      .actors()
      .filter(({ path }) => path.split("/").at(-1)?.startsWith(`parameter-${name}`));
    return found?.pid ?? 0;
  };
  return {
    system,
    pidOf,
    async kill(...names) {
      const pids = names.map(pidOf);
      for (const pid of pids) process.kill(pid, "SIGKILL");
      const isKnown = () =>
        !system.cluster.pools().some(({ pid, state }) => pids.includes(pid!) && state === "up");
      await waitUntil(isKnown, { what: "the end of the pool" });
    },
    [Symbol.asyncDispose]: () => system.close(),
  };
}

/** What a promise was rejected with. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}
