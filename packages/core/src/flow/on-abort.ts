/** The callbacks of each signal that somebody waits with, behind one listener. */
const watched = new WeakMap<
  AbortSignal,
  { readonly callbacks: Set<() => void>; readonly fire: () => void }
>();

/**
 * Calls back when the signal aborts; gives a function that stops it.
 *
 * However many wait with one signal, it gets one listener: with one for each wait Node warns of a leak at
 * the eleventh, and takes longer for each to be added.
 *
 * @param callback Must not throw.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const watch = watched.get(signal) ?? startWatching(signal);
  watch.callbacks.add(callback);
  return () => {
    watch.callbacks.delete(callback);
    if (watch.callbacks.size > 0 || watched.get(signal) !== watch) return;
    signal.removeEventListener("abort", watch.fire);
    watched.delete(signal);
  };
}

function startWatching(signal: AbortSignal) {
  const callbacks = new Set<() => void>();
  const fire = () => {
    watched.delete(signal);
    for (const callback of callbacks) callback();
  };
  const watch = { callbacks, fire };
  signal.addEventListener("abort", fire, { once: true });
  watched.set(signal, watch);
  return watch;
}
