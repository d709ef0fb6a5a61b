/**
 * What Troupe's own tests stand on: real processes that can be killed, frozen and cut off, a real Redis, a real
 * Slurm, waits for conditions instead of sleeps, chaos that a seed replays, and a proof that a test left nothing
 * behind.
 *
 * ```ts
 * import { Harness, waitUntil } from "@troupe/testkit";
 *
 * await using harness = await Harness.start();
 * await using worker = harness.spawn(new URL("programs/worker.mjs", import.meta.url), { args: ["--name", "a"] });
 * await worker.line(/joined as (\S+)/);
 * await worker.freeze();
 * await waitUntil(() => left.has("a"), { what: "a to leave the group" });
 * await worker.resume();
 * ```
 *
 * @module
 */
export { waitUntil, type NonFalsy, type WaitUntilOptions } from "./wait-until.js";
export { Harness, type HarnessOptions, type SpawnOptions } from "./harness/harness.js";
export { type Exit, type HarnessProcess } from "./harness/harness-process.js";
export { type CuttableLink, type CutKind } from "./harness/cuttable-link.js";
export { Chaos, type ChaosEvent, type ChaosOptions } from "./chaos/chaos.js";
export {
  type ChaosAction,
  chaosPlan,
  type ChaosPlanOptions,
  type ChaosStep,
  type Span,
  victimOf,
} from "./chaos/chaos-plan.js";
export { type ChaosDeed, type ChaosRunOptions } from "./chaos/chaos-run.js";
export { type LinkVictim, type ProcessVictim, type Victim } from "./chaos/victim.js";
export { describeWithHosts, describeWithTwoHosts, type Host, type TwoHosts } from "./hosts/hosts.js";
export { closing } from "./closing.js";
export { noLeftovers } from "./leftovers.js";
export { type RedisServer, startRedis } from "./redis/redis-server.js";
export { describeWithRedis, redisAvailable } from "./redis/describe-with-redis.js";
export { type SlurmCluster, type SlurmOptions, startSlurm } from "./slurm/slurm-cluster.js";
export { describeWithSlurm } from "./slurm/describe-with-slurm.js";
export { type LauncherLike, launcherSuite, type LauncherSuiteOptions } from "./launcher-suite.js";
export { type StorageLike, storageSuite, type StorageSuiteOptions } from "./storage-suite.js";
export { type RegistryCapabilities, type RegistryFixture, registrySuite } from "./registry-suite.js";
