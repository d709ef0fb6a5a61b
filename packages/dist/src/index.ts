/**
 * `dist()`: ordinary classes become distributed components. This package is what a program imports; it
 * re-exports what belongs beside it.
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
export { init } from "./cluster/open-clusters.js";
export { main } from "./main.js";
export type { Distributed } from "./members.js";
export type { PlacedOptions, UnheededOptions } from "./dist-options.js";
export type { ComponentDeadLetter, ComponentOptions, LaunchOptions } from "./options.js";

export {
  actorOf,
  type ActorOptions,
  batched,
  concurrent,
  context,
  kill,
  type Remote,
  retry,
  stop,
  system,
  watch,
} from "@troupe/actors";
export type { ActorRecord, Death, HostInfo, PoolInfo, PoolOptions } from "@troupe/cluster";

export {
  type ErrorCode,
  isTroupeError,
  type Logger,
  type Message,
  type MessageMap,
  type MessageOf,
  registerError,
  TroupeError,
  type WaitOptions,
} from "@troupe/core";
export { all, any, HandlerTable, on } from "@troupe/handlers";
export { type GatherOptions, type JoinOptions, Proxy, type SessionId } from "@troupe/proxy";
export {
  defaultRegistryUrl,
  type Member,
  openRegistry,
  type Registry,
  serveRegistry,
} from "@troupe/registry";
export { openStorage, Storage } from "@troupe/storage";
