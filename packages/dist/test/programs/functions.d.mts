import type { Pot } from "@troupe/dist";

export declare const add: Pot<(a: string, b: string) => string>;
export declare const where: Pot<() => number>;
export declare const tally: Pot<(n: number) => number>;
export declare const Slow: Pot<() => Promise<never>>;
export declare const rise: Pot<(count: number) => Generator<number>>;
