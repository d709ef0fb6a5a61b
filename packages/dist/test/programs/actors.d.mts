import type { ActorClassOf, Pot, Remote } from "@troupe/dist";

declare class CounterClass {
  count: number;
  constructor(start?: number);
  add(n: number): number;
  where(): { path: string; name: string; pid: number; host: string };
  threw(): never;
  later(milliseconds: number): Promise<string>;
}

declare class ParentClass {
  kept: unknown;
  makes(start: number): Promise<Remote<CounterClass>>;
  makesByClass(): Promise<Remote<CounterClass>>;
  addTo(counter: Remote<CounterClass>, n: number): Promise<number>;
  keep(counter: Remote<CounterClass>): void;
  finds(path: string): Promise<Remote<CounterClass> | undefined>;
  adds(a: number, b: number): Promise<number>;
  multiplies(a: number, b: number): Promise<number>;
}

export declare const Counter: ActorClassOf<typeof CounterClass>;
export declare const Parent: ActorClassOf<typeof ParentClass>;
export declare const add: Pot<((a: number, b: number) => number) & { readonly unit: string }>;
