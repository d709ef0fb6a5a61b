/**
 * `dist()`: ordinary classes become distributed components. This package is what a program imports; it
 * re-exports what belongs beside it.
 *
 * ```ts
 * import { dist, launch, on, type Message, type Proxy } from "@troupe/dist";
 *
 * @dist({ group: "hello_world", component: "worker", peers: { runner: 1 } })
 * class LocalWorker {
 *   greeting = "hi";
 *   @on("hello") greet(proxy: Proxy, message: Message) {
 *     return proxy.reply(message, { type: "hello_back", body: this.greeting });
 *   }
 * }
 *
 * await launch(new LocalWorker()); // joins, and serves until it is closed
 * ```
 *
 * @module
 */
export { dist, type DistributedClass, type DistributedInstance, type Distributor, launch } from "./dist.js";
export type { Distributed } from "./members.js";
export type { ComponentDeadLetter, ComponentOptions, LaunchOptions } from "./options.js";

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
