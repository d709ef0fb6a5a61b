/**
 * Objects in shared memory: put once, read in place by every process of the machine.
 *
 * @module
 */
export { defaultCapacity } from "./store/capacity.js";
export type { StoredAt } from "./store/stored-at.js";
