// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what it takes and has is for `placed.mjs` to say
export const Tenant: new (...args: any[]) => Record<string, any>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
export const Slow: new (...args: any[]) => Record<string, any>;
