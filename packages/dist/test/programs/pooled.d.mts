import type { ActorClassOf } from "@troupe/dist";

declare class WorkerClass {
  most: number;
  seen: number[];
  cancelled: number[];
  constructor(factor?: number);
  times(n: number): number;
  where(item: unknown): number;
  odd(n: number): number;
  hold(n: number): Promise<number>;
  holding(): number[];
  release(n: number): void;
  endWith(n: number, bad: number): number;
}

export declare const Worker: ActorClassOf<typeof WorkerClass>;
