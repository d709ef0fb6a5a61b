import type { ObjectRef } from "@troupe/objects";

export class Keeper {
  sum(array: Float64Array): number;
  add(a: number, b: number): number;
  range(length: number): Float64Array;
  put(length: number): ObjectRef<Float64Array>;
  give(length: number): ObjectRef<Float64Array>;
  keep(message: { ref: ObjectRef }): void;
  drop(): void;
  read(index: number, options?: { spoil?: boolean }): Promise<number>;
  passOn(): ObjectRef;
  within(): { inner: ObjectRef<Float64Array>; beside: ObjectRef<string> };
  stats(): { owned: number; borrowed: number };
  fail(): number;
  stream(): Generator<number>;
  die(): void;
}
