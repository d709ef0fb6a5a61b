import type { ActorClassOf, ObjectRef, Remote, Task } from "@troupe/dist";

import type { Value } from "./digest.mjs";

export const combine: Task<(seed: number, ...values: Value[]) => Value>;
export const expand: Task<(seed: number, length: number, value: Value) => Value>;
export const split: Task<
  (seed: number, length: number, value: Value) => [Value, Value, Value],
  { readonly returns: 3 }
>;
export const nested: Task<(seed: number, depth: number, length: number, value: Value) => Promise<Value>>;
export const unwrap: Task<(seed: number, wrapped: { readonly ref: ObjectRef<Value> }) => Promise<Value>>;
export const flaky: Task<(seed: number, value: Value) => Value>;
export const crunch: Task<(seed: number, value: Value) => Value>;
export const items: Task<(seed: number, count: number, length: number) => AsyncGenerator<Value>>;
export const waits: Task<() => Promise<void>>;
export const loops: Task<() => never>;
export const delegate: Task<(seed: number, length: number) => { readonly ref: ObjectRef<Value> }>;

declare class FolderClass {
  fold(seed: number, value: Value): Value;
  expand(seed: number, length: number, value: Value): Promise<Value>;
}

export const Folder: ActorClassOf<typeof FolderClass>;
export type FolderRef = Remote<FolderClass>;
