interface Watched {
  readonly target: WeakRef<object>;
  readonly then: () => void;
}

/** What is collected is to be told of. */
const watched = new Set<Watched>();
/** Those of whom the engine tells, in a turn of its own. */
const registry = new FinalizationRegistry<Watched>(end);

/**
 * Calls back once an object was garbage collected: in a turn of its own, or in {@link dropCollected}. What is called must
 * not throw, and must not hold the object.
 *
 * @returns Takes that back.
 */
export function whenCollected(target: object, then: () => void): () => void {
  const one = { target: new WeakRef(target), then };
  watched.add(one);
  registry.register(target, one, one);
  return () => {
    watched.delete(one);
    registry.unregister(one);
  };
}

/** Calls back, now, for all that has been collected. */
export function dropCollected(): void {
  for (const one of watched) if (one.target.deref() === undefined) end(one);
}

function end(one: Watched): void {
  if (!watched.delete(one)) return;
  registry.unregister(one);
  one.then();
}
