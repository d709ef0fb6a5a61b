/**
 * The `troupe` command, for programs that have it as a part of theirs.
 *
 * ```ts
 * import { troupe } from "@troupe/cli";
 *
 * process.exitCode = await troupe(["status"]); // as `troupe status` at the terminal
 * ```
 *
 * @module
 */
export { troupe } from "./troupe.js";
