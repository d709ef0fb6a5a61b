/**
 * Collective communication among the members of a group, which are actors, tasks, threads or processes of one host:
 * allreduce, reduce, broadcast, gather, allgather, scatter, reduceScatter, allToAll, barrier, send and receive, of
 * typed arrays, through shared memory.
 *
 * ```ts
 * import { collective } from "@troupe/collective";
 *
 * // In each of four members, with its rank:
 * await using group = await collective({ name: "learners", rank, size: 4 });
 * const gradients = group.alloc("float32", 1_000_000); // where the others reach it
 * await group.allreduce(gradients, { into: gradients }); // the sum of all four, in each
 * await group.barrier();
 * ```
 *
 * @module
 */
export { collective } from "./collective.js";
export type { CollectiveOptions } from "./options.js";
export { CollectiveGroup, type IntoOptions, type ReduceOptions, type RootOptions } from "./group.js";
export { collectiveName } from "./collective-name.js";
export type { NumberArray } from "./elements.js";
export type { Reduction } from "./reduction.js";
export type { Algorithm } from "./request.js";
