/**
 * Where the processes of a program find each other: groups of named members with leases, a watch on each
 * group, and small values with compare-and-set. Kept by one of the processes themselves, or in Redis.
 *
 * ```ts
 * import { processIdentity, uniqueId } from "@troupe/core";
 * import { openRegistry } from "@troupe/registry";
 *
 * await using registry = await openRegistry("memory:");
 * await registry.join("pool", {
 *   name: "worker-0",
 *   component: "worker",
 *   endpoint: "tcp://127.0.0.1:7000",
 *   incarnation: uniqueId(),
 *   process: processIdentity(),
 * });
 * for await (const { members } of registry.watch("pool")) {
 *   console.log(members.map(({ name }) => name)); // [ "worker-0" ]
 *   break;
 * }
 * ```
 *
 * @module
 */
export {
  type Entry,
  type JoinOptions,
  type Member,
  type Membership,
  type MembershipChange,
  type Registry,
} from "./registry.js";
export { defaultRegistryUrl } from "./address.js";
export { openRegistry, type OpenRegistryOptions } from "./open.js";
export { type RegistryServer, serveRegistry, type ServeRegistryOptions } from "./serve.js";
export { type ServerStats } from "./embedded/server.js";
