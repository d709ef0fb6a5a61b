/**
 * What a program's processes are to each other: a brain that knows the actors and where they live, a host
 * agent that runs the pools, and in each process a node.
 *
 * ```ts
 * // pool.mjs
 * import { servePool } from "@troupe/cluster";
 *
 * await servePool({ onNode: (node) => node.serve("add", ([a, b]) => a + b) });
 * ```
 *
 * ```ts
 * import { Cluster } from "@troupe/cluster";
 *
 * await using cluster = await Cluster.start({ program: new URL("pool.mjs", import.meta.url), pools: 2 });
 * const { record } = await cluster.node.brain.place({ class: "Adder", creator: cluster.node.name });
 * console.log(record.path, record.pool); // adder-0 pool-0
 * await cluster.node.request(record.pool, "add", [1, 2]); // 3
 * ```
 *
 * @module
 */
export { Cluster, type ClusterOptions } from "./cluster.js";
export { type ClusterView } from "./cluster-view.js";
export { JoinedCluster, type JoinClusterOptions } from "./driver/joined-cluster.js";
export { type JoinedHost, joinHost } from "./hosts/join-host.js";
export { type JoinHostOptions } from "./hosts/host-terms.js";
export { type ClusterEvents, type DeadLetter, type HostInfo, type PoolInfo } from "./cluster-events.js";
export { type LoopDelay } from "./processes/loop-watch.js";
export { type ProcessInfo } from "./processes/process-info.js";
export { type ProcessStats } from "./processes/process-stats.js";
export { type PoolPlace, servePool, type ServePoolOptions } from "./pool/serve-pool.js";
export { type ActorCare, type Verdict } from "./supervision/actor-care.js";
export { devicesOf, threadsOf } from "./agent/environment.js";
export { type PoolOptions } from "./agent/pool-options.js";
export { type ClusterResources, type MachineResources, type Taken } from "./brain/placer.js";
export { type OutputLine, type OutputLog } from "./output/output-sink.js";
export {
  Node,
  type MessageHandler,
  type NodeOptions,
  processDied,
  type RequestHandler,
} from "./node/node.js";
export { NumberedTable } from "./node/numbered-table.js";
export { type PendingCall, PendingCalls } from "./node/pending-calls.js";
export { pathName } from "./brain/path-name.js";
export { actorEventOp } from "./node/news.js";
export {
  type ActorEvent,
  type ActorRecord,
  type BrainPort,
  type Death,
  type EndedActor,
  type Grant,
  type LivingActor,
  type MaybePromise,
  type Placed,
  type Placement,
  type PlaceRequest,
  type RestartLimits,
  type Revival,
  type Supervision,
} from "./node/brain-port.js";
