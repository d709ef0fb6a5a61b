/**
 * A parameter server: versions of tensors by tag, which a learner pushes and any process of the cluster pulls without a
 * copy.
 *
 * ```ts
 * import { ActorSystem } from "@troupe/actors";
 * import { ParameterServer } from "@troupe/parameter-server";
 *
 * await using system = await ActorSystem.start({ pools: 2 });
 * await using server = await ParameterServer.create();
 * await server.push("policy", { kernel: { data: new Float32Array(8).fill(0.5), shape: [4, 2] } }); // version 1
 *
 * using policy = await server.pull("policy"); // here or in any actor that got `server` in a message
 * policy.tensors.kernel.data[0]; // 0.5
 * await server.pull("policy", { newerThan: policy.version }); // undefined: there is none
 * ```
 *
 * @module
 */
import { preloadInPools } from "@troupe/actors";

// A handle may be in the message that makes a pool's first actor, which comes before the program's modules are.
preloadInPools(import.meta.url);

export {
  type ApplyOptions,
  type FileOptions,
  ParameterServer,
  type PullOptions,
  type PushOptions,
  type WatchOptions,
} from "./parameter-server.js";
export { type Aggregate, asynchronous, boundedStaleness, synchronous } from "./learn/aggregate.js";
export { adam, type OptimizerOptions, sgd } from "./learn/optimizer.js";
export type { ParameterServerOptions } from "./options.js";
export type { Parameters } from "./client/parameters.js";
export type { TagInfo, VersionInfo } from "./version/version.js";
export { openParameterServersWith } from "./cluster.js";
