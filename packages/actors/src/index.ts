/**
 * Actors: instances that live in pools, each with a mailbox, called through typed references.
 *
 * ```ts
 * // counter.ts
 * import { defineActor } from "@troupe/actors";
 *
 * export class Counter {
 *   count = 0;
 *   add(n: number) { return (this.count += n); }
 *   *upTo(n: number) { for (let i = 0; i < n; i++) yield i; }
 * }
 * defineActor(Counter, { module: import.meta.url });
 * ```
 *
 * ```ts
 * import { ActorSystem } from "@troupe/actors";
 * import { Counter } from "./counter.js";
 *
 * await using system = await ActorSystem.start({ pools: 2 });
 * const counter = await system.create(Counter);
 * await counter.add(2); // 2
 * await counter.count; // 2
 * for await (const i of counter.upTo(3)) console.log(i); // 0 1 2
 * ```
 *
 * @module
 */
export { joinHost, type JoinHostOptions } from "./join-host.js";
export { ActorSystem, type ActorSystemOptions, poolProgram } from "./system.js";
export { ActorRuntime, type RuntimeOptions } from "./runtime/runtime.js";
export { currentRuntime } from "./runtime/current-runtime.js";
export {
  type ActorClass,
  type ActorDefinition,
  type Attachment,
  defineActor,
  type DefineOptions,
  definitionOf,
  isClass,
} from "./definition/definition.js";
export {
  actorOptionNames,
  type ActorOptions,
  type BehaviourOptions,
  checkActorOptions,
  type Concurrency,
  type CreateOptions,
  type MailboxOptions,
  type MethodOptions,
} from "./definition/options.js";
export { batched, concurrent, type MethodDecorator, retry, system } from "./definition/decorators.js";
export { type ActorContext, type ClusterView, context, provideContext } from "./context.js";
export { type ActorInfo, type ActorStats, type RunningCall } from "./insight/actor-info.js";
export { type MethodInfo, type MethodsOptions } from "./insight/method-info.js";
export { type EndOptions, kill, stop, watch } from "./ending.js";
export { tunnel, tunnelStats } from "./tunnel/tunnel.js";
export { type TunnelStats } from "./tunnel/tunnel-lane.js";
export { DelayedTell } from "./remote/member.js";
export { actorOf } from "./remote/remote.js";
export { type CallOptions } from "./remote/call-options.js";
export { type InterceptedCall } from "./cell/perform.js";
export { type Seat } from "./cell/seat.js";
export { type BesideActors, serveActors } from "./serve-actors.js";
export { preloadInPools } from "./preload.js";
export { iterateResult } from "./stream/call-stream.js";
export { type RemoteStream } from "./stream/remote-stream.js";
export {
  type AnyRemote,
  type Delayed,
  type PendingTell,
  type Remote,
  type RemoteCall,
  type RemoteMethod,
  type RemoteProperty,
  type RemoteResult,
} from "./types.js";
