/** Waits for SIGINT or SIGTERM, or for something else. A second signal then ends the process, as it does by default. */
export async function untilSignal(other?: Promise<unknown>): Promise<void> {
  const signals = ["SIGINT", "SIGTERM"] as const;
  let onSignal = () => {};
  const signalled = new Promise<void>((resolve) => {
    onSignal = resolve;
  });
  for (const signal of signals) process.once(signal, onSignal);
  await Promise.race(other ? [signalled, other] : [signalled]);
  for (const signal of signals) process.off(signal, onSignal);
}
