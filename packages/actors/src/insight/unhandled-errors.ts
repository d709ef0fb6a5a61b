import { shared } from "../shared.js";
import { nameOf } from "./complaints.js";

/**
 * Has a process that ends by an error which nobody handled say which actor's call it came from: as the last words by
 * which those who wait for its actors learn of it. That it ends stays as it is.
 */
export function nameUnhandledErrors(): void {
  process.on("uncaughtExceptionMonitor", (error: unknown) => {
    const call = shared.running.getStore();
    if (!call) return;
    const [text] = String(error).split("\n");
    process.stderr.write(`Unhandled error in ${nameOf(call)}: ${text}\n`);
  });
}
