const stoppable = new Set<() => void>();
const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Calls `stop` at the first SIGINT or SIGTERM of the process.
 *
 * However many are registered, the process has one listener a signal; it goes when the last one is gone or
 * the signal came, so that a second Ctrl-C ends the process as ever.
 *
 * @returns Unregisters.
 */
export function onTerminate(stop: () => void): () => void {
  if (stoppable.size === 0) for (const signal of signals) process.on(signal, terminate);
  stoppable.add(stop);
  return () => {
    if (stoppable.delete(stop) && stoppable.size === 0) unlisten();
  };
}

function terminate(): void {
  unlisten();
  const all = [...stoppable];
  stoppable.clear();
  for (const stop of all) stop();
}

function unlisten(): void {
  for (const signal of signals) process.off(signal, terminate);
}
