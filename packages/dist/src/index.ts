/**
 * `dist()`: ordinary classes become actors, which live in other processes, and components, which join groups. This
 * package is what a program imports; it re-exports what belongs beside it.
 *
 * ```ts
 * import { dist, init, main } from "@troupe/dist";
 *
 * // An ordinary class. Pools import this module as well, and find it there.
 * const Counter = dist(
 *   class Counter {
 *     count = 0;
 *     add(n: number) {
 *       return (this.count += n);
 *     }
 *     async *climb(steps: number) {
 *       for (let step = 0; step < steps; step++) yield this.add(1);
 *     }
 *   },
 *   import.meta,
 * );
 *
 * // What the program alone does, and no pool.
 * await main(async () => {
 *   await using cluster = await init({ pools: 2 }); // processes of this machine
 *   const counter = await Counter.create(); // Remote<Counter>: it lives in one of them
 *   console.log(await counter.add(2)); // a call: 2
 *   console.log(await counter.count); // a property: 2
 *   for await (const count of counter.climb(3)) console.log(count); // a stream: 3, 4, 5
 *   for (const { path, calls } of await cluster.actors()) console.log(path, calls); // counter-0 3
 * });
 * ```
 *
 * As a component an instance handles messages by type:
 *
 * ```ts
 * import { dist, launch, Proxy } from "@troupe/dist";
 *
 * interface Messages {
 *   hello: undefined;
 *   hello_back: string;
 *   goodbye: undefined;
 * }
 *
 * @dist<LocalWorker, Messages>({
 *   group: "hello_world",
 *   component: "worker",
 *   registry: "memory:", // of this process; by default that of this machine, and redis:// is for many
 *   handlers: {
 *     hello: (local, proxy, message) => proxy.reply(message, { type: "hello_back", body: local.greeting }),
 *     goodbye: (_local, proxy) => proxy.close(),
 *   },
 * })
 * class LocalWorker {
 *   greeting = "hi"; // an ordinary class: without launch() it is what it always was
 * }
 *
 * const worker = launch(new LocalWorker()); // joins the group, and serves until it is closed
 *
 * const at = { group: "hello_world", registry: "memory:" };
 * const runner = await Proxy.join<Messages>({ ...at, component: "runner", peers: { worker: 1 } });
 * const answer = await runner.request("worker-0", { type: "hello" });
 * console.log(answer.source, "says", answer.body); // worker-0 says hi
 * await runner.send("worker-0", { type: "goodbye" });
 * await worker;
 * await runner.close();
 * ```
 *
 * @module
 */
export {
  type ActorClassOf,
  type ActorDistributor,
  type ClassOptions,
  dist,
  type DistributedClass,
  type DistributedInstance,
  type Distributor,
  launch,
  type MemberOptions,
} from "./dist.js";
export type { ActorFactory, ActorStatics } from "./actor/actor-class.js";
export type { Callable, Pot } from "./actor/pot.js";
export { create } from "./create.js";
export { Cluster } from "./cluster/cluster.js";
export type { InitOptions } from "./cluster/init-options.js";
export { joinHost, type JoinHostOptions } from "./cluster/join-host.js";
export { init } from "./cluster/open-clusters.js";
export { main } from "./main.js";
export { get, put, wait } from "./objects.js";
export { ParameterServer } from "./parameter-server.js";
export { ReplayBuffer } from "./replay.js";
export { affinity } from "./placement.js";
export { task, type TaskFunctionOptions } from "./task.js";
export { ActorPool, type MapOptions, type SubmitOptions } from "./pool/actor-pool.js";
export type { Items, Outcome } from "./pool/mapping.js";
export type { PoolWork } from "./pool/work.js";
export { DistributedQueue as Queue, type QueueClass, type QueueFactory } from "./queue/queue-actor.js";
export type { GetOptions, QueueOptions } from "./queue/queue.js";
export type { Distributed } from "./members.js";
export type { ComponentDeadLetter, ComponentOptions, LaunchOptions } from "./options.js";

export {
  type ActorInfo,
  actorOf,
  type ActorOptions,
  batched,
  concurrent,
  context,
  type EndOptions,
  kill,
  type MethodInfo,
  type MethodsOptions,
  type Remote,
  retry,
  type RunningCall,
  stop,
  system,
  tunnel,
  tunnelStats,
  type TunnelStats,
  watch,
} from "@troupe/actors";
export type {
  ActorRecord,
  ClusterResources,
  Death,
  HostInfo,
  MachineResources,
  PoolInfo,
  PoolOptions,
  ProcessInfo,
} from "@troupe/cluster";

export {
  type ErrorCode,
  isTroupeError,
  type Logger,
  type Message,
  type MessageMap,
  type MessageOf,
  type PlainTensor,
  registerError,
  type TensorData,
  type Tensors,
  TroupeError,
  type WaitOptions,
} from "@troupe/core";
export { all, any, HandlerTable, on } from "@troupe/handlers";
export {
  alloc,
  type DataType,
  type HostStoreStats,
  ObjectRef,
  type ObjectsStats,
  type Spread,
  type SpreadOptions,
  type WaitForOptions,
  type WaitOutcome,
} from "@troupe/objects";
export {
  adam,
  type Aggregate,
  type ApplyOptions,
  asynchronous,
  boundedStaleness,
  type FileOptions,
  type OptimizerOptions,
  type Parameters,
  type ParameterServerOptions,
  type PullOptions,
  type PushOptions,
  sgd,
  synchronous,
  type TagInfo,
  type VersionInfo,
  type WatchOptions,
} from "@troupe/parameter-server";
export { type GatherOptions, type JoinOptions, Proxy, type SessionId } from "@troupe/proxy";
export {
  defaultRegistryUrl,
  type Member,
  openRegistry,
  type Registry,
  serveRegistry,
} from "@troupe/registry";
export {
  address,
  antiAffinity,
  detectInventory,
  idle,
  type Inventory,
  label,
  type Launched,
  type Launcher,
  type LaunchRequest,
  loadTopology,
  mostFree,
  nomadLauncher,
  pack,
  type PlacementGroup,
  type Policy,
  poolIndex,
  type ProcessLauncher,
  processLauncher,
  random,
  ResourceManager,
  slurmLauncher,
  spread,
  type Topology,
} from "@troupe/resources";
export {
  collective,
  type CollectiveGroup,
  collectiveName,
  type CollectiveOptions,
  type NumberArray,
  type Reduction,
} from "@troupe/collective";
export {
  type Area,
  type Batch,
  field,
  fifo,
  lifo,
  maxHeap,
  minHeap,
  minSize,
  newest,
  nStep,
  type NStepOptions,
  prioritized,
  queue,
  type RateLimiter,
  type Reader,
  type Remover,
  type ReplayOptions,
  ReplayShards,
  type ReplayStats,
  type Row,
  type Sampler,
  sampleToInsertRatio,
  type Schema,
  type SequenceOptions,
  sequences,
  uniform,
  type Writer,
} from "@troupe/replay";
export { openStorage, Storage } from "@troupe/storage";
export {
  cancel,
  type RetryRule,
  type Task,
  type TaskMap,
  type TaskMapOptions,
  type TaskOptions,
  type TaskStats,
} from "@troupe/tasks";
