import { afterEach } from "vitest";

/**
 * For a test file: gives a function that gives back what it is given, and closes it when the test is over, the last
 * first.
 *
 * ```ts
 * const keep = closing();
 * it("is written", () => {
 *   const ring = keep(openRing());
 * });
 * ```
 */
export function closing(): <T extends Disposable>(opened: T) => T {
  const all: Disposable[] = [];
  afterEach(() => {
    for (const one of all.splice(0).reverse()) one[Symbol.dispose]();
  });
  return (opened) => {
    all.push(opened);
    return opened;
  };
}
