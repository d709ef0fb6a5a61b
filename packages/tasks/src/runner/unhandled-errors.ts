import { shared } from "../shared.js";

/**
 * Has a process that ends by an error which nobody handled say which task it came from: as the last words by which
 * those who wait for it learn of that.
 */
export function nameUnhandledErrors(): void {
  process.on("uncaughtExceptionMonitor", (error: unknown) => {
    const run = shared.running.getStore();
    if (!run) return;
    const [text] = String(error).split("\n");
    process.stderr.write(`Unhandled error in the task ${run.kind.name}: ${text}\n`);
  });
}
