/** Actors without types, as programs in JavaScript have them. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what they take and have is for `links.mjs` to say
type Untyped = new (...args: any[]) => Record<string, any>;

export const Link: Untyped;
export const Starter: Untyped;
export const Meeting: Untyped;
