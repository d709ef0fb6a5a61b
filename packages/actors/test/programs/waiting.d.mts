import type { Remote } from "@troupe/actors";
import type { ObjectRef } from "@troupe/objects";

export class Scribe {
  log: unknown[];
  note(...values: unknown[]): unknown;
  later(value: unknown): Promise<unknown>;
  each(values: unknown[]): Generator<unknown>;
  urgent(value: unknown): unknown;
  fail(): never;
  history(): unknown[];
}

export class Partner {
  /** Notes a value, and gives it. */
  through(scribe: Remote<Scribe>, value: unknown): Promise<unknown>;
  /** As `through`, of the next of these partners. */
  around(scribe: Remote<Scribe>, self: Remote<Partner>, value: unknown): Promise<unknown>;
  /** Has the scribe note what it is given a reference to, and then `after`; gives what both came to. */
  both(scribe: Remote<Scribe>, given: { ref: ObjectRef }, after: unknown): Promise<unknown[]>;
  ready(): boolean;
}
