// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what they take and have is for `supervised.mjs` to say
type Untyped = new (...args: any[]) => Record<string, any>;

export const Tally: Untyped;
export const Boss: Untyped;
export const Fragile: Untyped;
export const Lingerer: Untyped;
export const Guardian: Untyped;
export const Account: Untyped;
export const Careful: Untyped;
export const Sluggish: Untyped;
export const Roll: Untyped;
export const Journal: Untyped;
export const Keeper: Untyped;
export const Clock: Untyped;
