/** Actors without types, as programs in JavaScript have them. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what they take and have is for `actors.mjs` to say
type Untyped = new (...args: any[]) => Record<string, any>;

export const Counter: Untyped;
export const Gate: Untyped;
export const Streamer: Untyped;
export const Parent: Untyped;
export const Tenant: Untyped;
export const Unstartable: Untyped;
export const Watcher: Untyped;
export const Clinging: Untyped;
export const Batcher: Untyped;
export function pot(a: number, b: number): number;
