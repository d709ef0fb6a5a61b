import type { ActorClassOf, Task } from "@troupe/dist";

declare class CounterClass {
  count: number;
  add(n: number): number;
  threw(): never;
  later(milliseconds: number): Promise<string>;
  stuck(): Promise<never>;
  pid(): number;
}

declare class KeeperClass {
  keep(bytes: number): void;
}

export declare const Counter: ActorClassOf<typeof CounterClass>;
export declare const Keeper: ActorClassOf<typeof KeeperClass>;
export declare const double: Task<(n: number) => number>;
export declare const fails: Task<() => never>;
export declare const waits: Task<() => Promise<void>>;
