/**
 * Group messaging over ZeroMQ PUSH/PULL. A member joins a group, sees its peers come and go, and sends,
 * requests, scatters and broadcasts with back-pressure.
 *
 * ```ts
 * import { Proxy } from "@troupe/proxy";
 *
 * await using runner = await Proxy.join({ group: "greetings", component: "runner" });
 * await using worker = await Proxy.join({ group: "greetings", component: "worker", peers: { runner: 1 } });
 *
 * const reply = worker.request("runner-0", { type: "hello", body: { from: worker.name } });
 * const message = await runner.receiveOnce();
 * await runner.reply(message!, { body: "hello back" });
 * console.log((await reply).body); // hello back
 * ```
 *
 * @module
 */
export {
  Proxy,
  type ProxyEvents,
  type ProxyStats,
  type Reply,
  type Scattered,
  type SessionId,
} from "./proxy.js";
export { type JoinOptions, type Limits } from "./options.js";
export { type GatherOptions } from "./exchange/gathering.js";
export { type Peer } from "./group/directory.js";
export { type EndpointStats } from "./inbound/endpoint.js";
export { type Parcel } from "./inbound/parcel.js";
export { type RemoteAccess, Transport, type TransportHandler, type TransportOptions } from "./transport.js";
