import type { ActorClassOf, Remote } from "@troupe/dist";

/** What a counter has counted since it was checked last. */
export interface Ledger {
  readonly count: number;
  /** [lane, number] of what came once too often. */
  readonly again: readonly (readonly [lane: number, number: number])[];
  readonly lanes: Readonly<Record<number, { readonly base: number; readonly spans: readonly number[] }>>;
}

/** The two ways to count. */
export type Method = "add" | "addSlowly";

declare class CounterClass {
  add(lane: number, number: number): number;
  addSlowly(lane: number, number: number): Promise<number>;
  ledger(): Ledger;
  turnOver(checked: Readonly<Record<number, number>>): void;
}

declare class RelayClass {
  relay(
    counter: Remote<CounterClass>,
    method: Method,
    lane: number,
    number: number,
    options: { key?: string; retries?: number },
  ): number;
}

export const Counter: ActorClassOf<typeof CounterClass>;
export const Relay: ActorClassOf<typeof RelayClass>;
export type CounterRef = Remote<CounterClass>;
export type RelayRef = Remote<RelayClass>;
