import { checkKnown, TroupeError } from "@troupe/core";

import type { Row, Schema } from "./schema/field.js";
import { Steps } from "./steps.js";
import type { Writer } from "./writer.js";

/** How transitions are put together. */
export interface NStepOptions<S extends Schema = Schema> {
  /** Steps of a row. */
  readonly n: number;
  /** What a later reward is worth by each step, 0 to 1. */
  readonly gamma: number;
  /** The column of rewards, a single number; `reward` by default. */
  readonly reward?: (keyof S & string) | undefined;
  /** Columns that are not 0 in the last step of an episode; `done` by default, where there is one. */
  readonly ends?: readonly (keyof S & string)[] | undefined;
  /** Columns that are taken from the last step of a row; those whose names begin with `next` by default. */
  readonly next?: readonly (keyof S & string)[] | undefined;
  /** A column that gets gamma to the power of the steps of its row, to bootstrap with. Not written by the caller. */
  readonly discount?: (keyof S & string) | undefined;
}

/**
 * Writes rows of n steps from single ones (Sutton and Barto, n-step returns): each begins as one step, has the sum of
 * the rewards of n steps, each discounted by gamma, and ends as the last of them. At the end of an episode the rows
 * have as many steps as are left.
 *
 * ```ts
 * const steps = nStep(replay.writer(), { n: 3, gamma: 0.99 });
 * steps.write({ obs, action, reward, nextObs, done });
 * steps.end(); // an episode that was cut off, without its last step being marked
 * ```
 *
 * @throws ERR_CONFIG for what is no number of steps or discount, and for a column that the buffer does not have.
 */
export function nStep<S extends Schema>(writer: Writer<S>, options: NStepOptions<S>): NStepWriter<S> {
  return new NStepWriter(writer, options);
}

/** A row of the buffer, of one step; columns that are computed may be left out. */
export type Step<S extends Schema> = Partial<Row<S>>;

/** Made by {@link nStep}. What it was given, and has not written yet, is in this process alone. */
export class NStepWriter<S extends Schema = Schema> {
  readonly #writer: Writer<S>;
  readonly #steps: Steps;
  readonly #gamma: number;
  readonly #reward: string;
  readonly #ends: readonly string[];
  readonly #next: readonly string[];
  readonly #discount: string | undefined;
  /** The rows that are made of the steps; reused. */
  readonly #row: Record<string, unknown> = {};
  /** Whether the steps that are left are all of their episode. */
  #isEnding = false;

  /** @internal */
  constructor(writer: Writer<S>, options: NStepOptions<S>) {
    const { schema } = writer;
    checkKnown("nStep()", options, ["n", "gamma", "reward", "ends", "next", "discount"]);
    const { n, gamma, reward = "reward", discount } = options;
    const ends = options.ends ?? ("done" in schema ? ["done"] : []);
    const next = options.next ?? Object.keys(schema).filter((name) => name.startsWith("next"));
    if (!Number.isSafeInteger(n) || n < 1) throw wrong(`n is a number of steps from 1 on, not ${String(n)}`);
    if (!(gamma >= 0 && gamma <= 1)) throw wrong(`gamma is a number from 0 to 1, not ${String(gamma)}`);
    for (const name of [reward, ...ends, ...next, ...(discount === undefined ? [] : [discount])])
      if (!Object.hasOwn(schema, name)) throw wrong(`the replay buffer has no column ${name}`);
    this.#writer = writer;
    this.#gamma = gamma;
    this.#reward = reward;
    this.#ends = ends;
    this.#next = [...next, ...ends];
    this.#discount = discount;
    this.#steps = new Steps(schema, n, discount === undefined ? [] : [discount]);
  }

  /**
   * Takes a step. False when rows that are due could not be written, as of {@link Writer.write}: then the step was
   * not taken, and may be given again.
   *
   * @throws ERR_SCHEMA for a step that is not a row of the buffer (without the `discount` column).
   */
  write(step: Step<S>): boolean {
    this.#steps.check(step);
    if (!this.#flush()) return false;
    this.#steps.add(step);
    if (this.#ends.some((name) => Number(step[name]) !== 0)) this.#isEnding = true;
    this.#flush(); // what cannot be written now is written before the next step is taken
    return true;
  }

  /** The episode ends here, with the last step that was given. False when what is due could not be written yet. */
  end(): boolean {
    this.#isEnding = this.#steps.size > 0;
    return this.#flush();
  }

  /** Writes the rows that are due: one when there are n steps, all of an episode that ends. */
  #flush(): boolean {
    while (this.#steps.isFull || (this.#isEnding && this.#steps.size > 0)) {
      if (!this.#writer.write(this.#combined() as Row<S>)) return false;
      this.#steps.shift();
    }
    this.#isEnding = false;
    return true;
  }

  /** The row of all steps that there are. */
  #combined(): Record<string, unknown> {
    const row = Object.assign(this.#row, this.#steps.at(0));
    const count = this.#steps.size;
    const last = this.#steps.at(count - 1);
    for (const name of this.#next) row[name] = last[name];
    let sum = 0;
    for (let i = count - 1; i >= 0; i--)
      sum = this.#gamma * sum + (this.#steps.at(i)[this.#reward] as number);
    row[this.#reward] = sum;
    if (this.#discount !== undefined) row[this.#discount] = this.#gamma ** count;
    return row;
  }
}

function wrong(problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `nStep: ${problem}.`);
}
