import type { Remote } from "@troupe/actors";
import type { ObjectRef } from "@troupe/objects";

import type { Task } from "../../src/index.js";

export const add: Task<(a: number, b: number) => number>;
export const addLater: Task<(a: number, b: number) => Promise<number>>;
export const echo: Task<(...args: unknown[]) => unknown[]>;
export const sumUp: Task<(...numbers: number[]) => number>;
export const nothing: Task<() => void>;
export const pid: Task<() => number>;
export const devices: Task<() => string | undefined>;
export const busy: Task<(milliseconds: number) => number>;
export const untilAborted: Task<(file: string) => Promise<void>>;
export const forEver: Task<(file: string) => never>;
export const noteDown: Task<(file: string, text: string) => string>;
export const fail: Task<(message?: string) => never>;
export const failLater: Task<() => Promise<never>>;
export const throwText: Task<() => never>;
export const failUntil: Task<(file: string, times: number, code?: string) => number>;
export const exitUntil: Task<(file: string, times: number, code?: number | "SIGKILL") => number>;
export const outOfMemory: Task<() => never>;
export const large: Task<(length: number, value?: number) => Float64Array>;
export const total: Task<(array: Float64Array) => number>;
export const several: Task<(count: number) => number[], { returns: 3 }>;
export const upTo: Task<(count: number) => Generator<number>>;
export const upToLater: Task<(count: number, file?: string) => AsyncGenerator<number>>;
export const failAt: Task<(count: number) => Generator<number>>;
export const fibonacci: Task<(n: number) => Promise<number>>;
export const delegate: Task<(a: number, b: number) => { ref: ObjectRef<number> }>;
export const passOn: Task<(value: number) => ObjectRef<number>>;
export const unwrap: Task<(box: { ref: ObjectRef<number> }) => Promise<number>>;
export const cancelInner: Task<(file: string) => Promise<[boolean, string]>>;
export const deaf: Task<(file: string, name: string) => Promise<Float64Array>>;
export const stuckStream: Task<() => AsyncGenerator<number>>;
export const loopInner: Task<(file: string) => Promise<string>>;
export const inThread: Task<(a: number, b: number) => [number, number]>;
export const loopInThread: Task<() => never>;
export const exitInThread: Task<() => never>;
export const failInThread: Task<() => never>;
export const submitInThread: Task<() => void>;
export const notSerializable: Task<() => object>;
export const hold: Task<(file: string, milliseconds: number) => Promise<void>>;
export const keepUntil: Task<(file: string, text: string) => Promise<string>>;
export class Asker {
  ask(file: string, texts: string[]): Promise<string[]>;
}
export const largeWhen: Task<(file: string, name: string) => Promise<Float64Array>>;
export const countArguments: Task<(file: string, ...args: unknown[]) => number>;
export const twoLarge: Task<(file: string) => [Float64Array, Float64Array], { returns: 2 }>;
export const loopIf: Task<(condition: boolean) => void>;
export function makeClosure(value: number): Task<() => number>;
export function plain(a: number): number;
export class Ledger {
  add(a: number, b: number): number;
  noteDown(file: string, text: string): string;
  untilAborted(file: string): Promise<Float64Array>;
}
export const cancelGiven: Task<(of: { ref: ObjectRef }) => boolean>;
export const addAt: Task<(ledger: Remote<Ledger>, a: number, b: number) => Promise<number>>;
export const addBoth: Task<
  (file: string, ledger: Remote<Ledger>, of: { ref: ObjectRef<number> }, other: number) => Promise<number[]>
>;
