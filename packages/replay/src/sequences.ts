import { checkKnown, TroupeError } from "@troupe/core";
import { elementArrays } from "@troupe/shm";

import { type Field, lengthOf, type Row, type Schema } from "./schema/field.js";
import { Steps } from "./steps.js";
import type { Writer } from "./writer.js";

/** How steps become sequences. */
export interface SequenceOptions<S extends Schema = Schema> {
  /** Steps of a row: the first size of the shape of each column. */
  readonly length: number;
  /** Steps that a row has in common with the one before it; 0 by default. */
  readonly overlap?: number | undefined;
  /** Whether what is left at the end of an episode is filled with zeros, rather than left out. False by default. */
  readonly pad?: boolean | undefined;
  /** A column that gets 1 for each step, and 0 for what was filled. Not written by the caller. */
  readonly mask?: (keyof S & string) | undefined;
  /** Columns that are not 0 in the last step of an episode; `done` by default, where there is one. */
  readonly ends?: readonly (keyof S & string)[] | undefined;
}

/** A step: what a row of the buffer has, without the first size of its shapes and without the mask. */
export type SequenceStep = Readonly<
  Record<string, number | bigint | boolean | ArrayLike<number | boolean> | ArrayLike<bigint>>
>;

/**
 * Writes rows of `length` steps from single ones, for a buffer whose columns have `length` as the first size of their
 * shapes. No row has steps of two episodes.
 *
 * ```ts
 * const schema = { obs: field("float32", [20, 4]), done: field("uint8", [20]), mask: field("uint8", [20]) };
 * const steps = sequences(new ReplayBuffer({ capacity, schema }).writer(), { length: 20, overlap: 10, pad: true, mask: "mask" });
 * steps.write({ obs: [1, 2, 3, 4], done: 0 });
 * steps.end();
 * ```
 *
 * @throws ERR_CONFIG when lengths do not go together, or a column is not of that length.
 */
export function sequences<S extends Schema>(
  writer: Writer<S>,
  options: SequenceOptions<S>,
): SequenceWriter<S> {
  return new SequenceWriter(writer, options);
}

/** Made by {@link sequences}. What it was given, and has not written yet, is in this process alone. */
export class SequenceWriter<S extends Schema = Schema> {
  readonly #writer: Writer<S>;
  readonly #steps: Steps;
  readonly #stepSchema: Schema;
  readonly #length: number;
  readonly #overlap: number;
  readonly #pad: boolean;
  readonly #mask: string | undefined;
  readonly #ends: readonly string[];
  /** The row that is written; reused. */
  readonly #row: Record<string, Float64Array>;
  /** Steps at the beginning that the last row had already. */
  #shared = 0;
  #isEnding = false;

  /** @internal */
  constructor(writer: Writer<S>, options: SequenceOptions<S>) {
    const { schema } = writer;
    checkKnown("sequences()", options, ["length", "overlap", "pad", "mask", "ends"]);
    const { length, overlap = 0, pad = false, mask } = options;
    const ends = options.ends ?? ("done" in schema ? ["done"] : []);
    if (!Number.isSafeInteger(length) || length < 1)
      throw wrong(`length is a number of steps from 1 on, not ${String(length)}`);
    if (!Number.isSafeInteger(overlap) || overlap < 0 || overlap >= length)
      throw wrong(`overlap is a number of steps from 0 to below ${length}, not ${String(overlap)}`);
    for (const name of [...ends, ...(mask === undefined ? [] : [mask])])
      if (!Object.hasOwn(schema, name)) throw wrong(`the replay buffer has no column ${name}`);
    for (const [name, { shape }] of Object.entries(schema)) {
      if (shape[0] !== length)
        throw wrong(
          `the first size of the column ${name} is to be ${length}; its shape is [${shape.join(", ")}]`,
        );
    }
    this.#writer = writer;
    this.#length = length;
    this.#overlap = overlap;
    this.#pad = pad;
    this.#mask = mask;
    this.#ends = ends;
    this.#stepSchema = Object.fromEntries(
      Object.entries(schema)
        .filter(([name]) => name !== mask)
        .map(([name, { type, shape }]) => [name, { type, shape: shape.slice(1) }]),
    );
    this.#steps = new Steps(this.#stepSchema, length, []);
    this.#row = Object.fromEntries(
      Object.entries(schema).map(([name, column]: [string, Field]) => {
        const Numbers = elementArrays[column.type] as unknown as Float64ArrayConstructor;
        return [name, new Numbers(lengthOf(column))];
      }),
    );
  }

  /**
   * Takes a step. False when a row that is due could not be written, as of {@link Writer.write}: then the step was
   * not taken, and may be given again.
   *
   * @throws ERR_SCHEMA for a step of other columns or shapes.
   */
  write(step: SequenceStep): boolean {
    this.#steps.check(step);
    if (!this.#flush()) return false;
    this.#steps.add(step);
    if (this.#ends.some((name) => isSet(step[name]!))) this.#isEnding = true;
    this.#flush(); // what cannot be written now is written before the next step is taken
    return true;
  }

  /** The episode ends here, with the last step that was given. False when what is due could not be written yet. */
  end(): boolean {
    this.#isEnding = true;
    return this.#flush();
  }

  #flush(): boolean {
    if (this.#steps.isFull) {
      if (!this.#emit()) return false;
      this.#drop(this.#length - this.#overlap);
      this.#shared = this.#overlap;
    }
    if (!this.#isEnding) return true;
    // What the last row had already is no reason for another.
    if (this.#pad && this.#steps.size > this.#shared && !this.#emit()) return false;
    this.#drop(this.#steps.size);
    this.#shared = 0;
    this.#isEnding = false;
    return true;
  }

  #emit(): boolean {
    const { size } = this.#steps;
    for (const [name, column] of Object.entries(this.#stepSchema)) {
      const numbers = this.#row[name]!;
      const length = lengthOf(column);
      for (let i = 0; i < size; i++) {
        const value = this.#steps.at(i)[name];
        if (typeof value === "object") numbers.set(value as Float64Array, i * length);
        else numbers[i] = value as number;
      }
      numbers.fill(zeroOf(column), size * length);
    }
    if (this.#mask !== undefined) this.#row[this.#mask]!.fill(1, 0, size).fill(0, size);
    return this.#writer.write(this.#row as unknown as Row<S>);
  }

  #drop(count: number): void {
    for (let i = 0; i < count; i++) this.#steps.shift();
  }
}

function zeroOf({ type }: Field): number {
  return (type === "int64" || type === "uint64" ? 0n : 0) as number;
}

function isSet(value: SequenceStep[string]): boolean {
  return typeof value === "object"
    ? Array.from(value as ArrayLike<unknown>).some((n) => Number(n) !== 0)
    : Number(value) !== 0;
}

function wrong(problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `sequences: ${problem}.`);
}
