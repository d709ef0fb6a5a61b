/**
 * Remote functions: where and when each of their runs starts, and what becomes of it.
 *
 * @module
 */
export type { TaskNeeds } from "./schedule/amounts.js";
