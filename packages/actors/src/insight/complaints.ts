import { Kind, type Logger } from "@troupe/core";

import type { Call } from "../cell/call.js";
import { selfMethod } from "../definition/method-table.js";
import { argumentSizes } from "./argument-sizes.js";
import { inWords } from "./durations.js";

/** Lines of one second; more are counted, and the next line says how many. */
const maxEachSecond = 10;

/** Log lines about what takes long: never what is in a message, and never more than a reader can take. */
export class Complaints {
  #second = 0;
  #told = 0;
  #untold = 0;

  constructor(private readonly log: Logger) {}

  /** About a call. @param what As a sentence that begins with the call. */
  ofCall(call: Call, milliseconds: number, what: string): void {
    this.of(
      {
        actor: call.cell.record.path,
        method: call.name,
        milliseconds: Math.round(milliseconds),
        arguments: sizesOf(call),
        caller: call.from ?? call.cell.record.pool,
      },
      `${nameOf(call)} ${what}`,
    );
  }

  of(fields: object, text: string): void {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#told = 0;
    }
    if (++this.#told > maxEachSecond) {
      this.#untold++;
      return;
    }
    this.log.warn(this.#untold === 0 ? fields : { ...fields, untold: this.#untold }, text);
    this.#untold = 0;
  }
}

/** `counter-0.add()` */
export function nameOf({ cell, name }: Call): string {
  return name === selfMethod ? `${cell.record.path}()` : `${cell.record.path}.${name}()`;
}

/** What a call is at, and since when: `train() for 5 s`. */
export function runningFor({ name, since }: Call, now: number): string {
  return `${name}() for ${inWords(now - since)}`;
}

function sizesOf({ kind, args }: Call): string[] {
  return kind === Kind.batch ? [`batch of ${args.length}`] : argumentSizes(args);
}
