/** SIGINT and SIGTERM, which ask for an end in order. */
export interface Signals extends Disposable {
  /** Settles when one has come. */
  readonly came: Promise<void>;
}

/** From now on the first signal is waited for, rather than the end of this process. A second one ends it, as it does by default. */
export function catchSignals(): Signals {
  const names = ["SIGINT", "SIGTERM"] as const;
  let onSignal = () => {};
  const came = new Promise<void>((resolve) => {
    onSignal = resolve;
  });
  const letGo = () => {
    for (const name of names) process.off(name, letGo).off(name, onSignal);
  };
  for (const name of names) process.on(name, onSignal).on(name, letGo);
  return { came, [Symbol.dispose]: letGo };
}
