import { isInPool } from "./cluster/in-pool.js";
import { closeClusters } from "./cluster/open-clusters.js";
import { noteMain } from "./module/importable.js";
import { onTerminate } from "./signals.js";

/** Exit code of a program that was interrupted, by the shell's convention: 128 and the signal's number. */
const interruptedCode = 130;
/** Milliseconds that an interrupted main part gets to end by itself. */
const lastWords = 2_000;

/**
 * The main part of a program whose module pools import as well: runs in the driver only. When it is over, by
 * its return, by a throw or by SIGINT or SIGTERM, the clusters that it opened are closed.
 *
 * ```ts
 * main(async (signal) => {
 *   const counter = await Counter.create();
 *   console.log(await counter.add(1));
 * });
 * ```
 *
 * What it throws is written to standard error, and the exit code is 1; interrupted it is 130. A second signal
 * ends the process at once.
 *
 * @param run Gets a signal that aborts when the program is to end.
 */
export async function main(run: (signal: AbortSignal) => unknown): Promise<void> {
  if (isInPool()) return;
  noteMain();
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const interrupted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  const offTerminate = onTerminate(() => interrupt.abort());
  const running = (async () => run(signal))();
  try {
    await Promise.race([running, interrupted]);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
  await closeClusters();
  offTerminate();
  if (!signal.aborted) return;
  // It has lost its clusters, and may still say so; what it does beside that would keep the process alive.
  const over = running.then(noop, noop);
  await Promise.race([over, new Promise((resolve) => setTimeout(resolve, lastWords))]);
  process.exit(interruptedCode);
}

function noop(): void {}
