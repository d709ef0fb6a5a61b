/** Whether something is given as a promise, of whatever kind. Awaiting only what is one spares a turn of the microtasks. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const mayBe = (typeof value === "object" && value !== null) || typeof value === "function";
  return mayBe && typeof (value as { then?: unknown }).then === "function";
}
