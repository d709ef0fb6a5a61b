import { elementArrays } from "@troupe/shm";

import { areNumbersOf, isNumberOf, lengthOf, type Schema } from "./schema/field.js";
import { wrongRow } from "./schema/wrong-data.js";

type Step = Record<string, unknown>;

/**
 * The last steps of an episode, copied, since callers use their arrays again: first in, first out, in memory that is
 * made once.
 */
export class Steps {
  readonly #schema: Schema;
  readonly #names: readonly string[];
  readonly #ring: readonly Step[];
  #first = 0;
  #size = 0;

  /** @param computed Columns that a step does not have. */
  constructor(schema: Schema, capacity: number, computed: readonly string[]) {
    this.#schema = Object.fromEntries(Object.entries(schema).filter(([name]) => !computed.includes(name)));
    this.#names = Object.keys(this.#schema);
    this.#ring = Array.from({ length: capacity }, () =>
      Object.fromEntries(
        Object.entries(this.#schema).map(([name, column]) => [
          name,
          column.shape.length === 0 ? 0 : new elementArrays[column.type](lengthOf(column)),
        ]),
      ),
    );
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size === this.#ring.length;
  }

  /** @throws ERR_SCHEMA saying which column is wrong, and what was expected. */
  check(step: Readonly<Step>): void {
    const isRight =
      typeof step === "object" &&
      step !== null &&
      Object.keys(step).length === this.#names.length &&
      this.#names.every((name) => isValue(step[name], this.#schema[name]!));
    if (!isRight) throw wrongRow(this.#schema, step);
  }

  /** One that was checked; there is room. */
  add(step: Readonly<Step>): void {
    const to = this.#ring[(this.#first + this.#size++) % this.#ring.length]!;
    for (const name of this.#names) {
      const value = step[name];
      if (typeof value === "object") (to[name] as Float64Array).set(value as Float64Array);
      else to[name] = value;
    }
  }

  /** The `i`th, 0 is the first; it is overwritten after it was shifted. */
  at(i: number): Step {
    return this.#ring[(this.#first + i) % this.#ring.length]!;
  }

  shift(): void {
    this.#first = (this.#first + 1) % this.#ring.length;
    this.#size--;
  }
}

function isValue(value: unknown, column: Schema[string]): boolean {
  return column.shape.length === 0
    ? isNumberOf(column, value)
    : areNumbersOf(column, value, lengthOf(column));
}
