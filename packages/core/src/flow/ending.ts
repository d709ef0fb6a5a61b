/** Says why what runs is to wait for nothing more, once that is so. */
export type Ending = () => Error | undefined;

interface Shared {
  find: (() => Ending | undefined) | undefined;
}

const key = Symbol.for("troupe.ending");

/** Of all copies of this package in one process. */
const shared: Shared = ((globalThis as { [key]?: Shared })[key] ??= { find: undefined });

/** Says how the ending of what runs now is found, for the layer that knows of actors and tasks. */
export function provideEnding(find: () => Ending | undefined): void {
  shared.find = find;
}

/**
 * The ending of the method or task that runs now; elsewhere there never is one. Taken where a wait begins, it may be asked
 * from anywhere: waits that look again and again end by it, so that nothing waits for a method that waits for others in vain.
 */
export function endingHere(): Ending {
  return shared.find?.() ?? never;
}

const never: Ending = () => undefined;
