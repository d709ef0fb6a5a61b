import { decode, encode } from "@troupe/core";

import type { Call } from "../cell/call.js";

/** What came of a call: its result, or the error. */
export type Outcome = readonly [succeeded: boolean, value: unknown];

/** A key with what came of its call, encoded. */
export type KeptReply = readonly [name: string, outcome: Uint8Array];

/** Keys of one actor whose outcome is remembered. A retry of an older one has its effect once more. */
const maxReplies = 1_024;

/** What came of the calls of an actor that had a key, so that a retry gets that and has no effect again. */
export class ReplyCache {
  readonly #outcomes = new Map<string, Uint8Array>();
  /** Calls under way by their key: the one that runs, or will, before those that ask for the same. */
  readonly #underWay = new Map<string, [Call, ...Call[]]>();

  /** What came of the call of that key, if it is over. */
  outcomeOf(call: Call): Outcome | undefined {
    const outcome = this.#outcomes.get(nameOf(call));
    return outcome && (decode(outcome) as Outcome);
  }

  /** Notes that a call is under way; `false` when one of that key is already, whose outcome it will share. */
  begin(call: Call): boolean {
    const name = nameOf(call);
    const calls = this.#underWay.get(name);
    if (calls) calls.push(call);
    else this.#underWay.set(name, [call]);
    return calls === undefined;
  }

  /**
   * A call is under way no more.
   *
   * @param outcome Absent when there is none that a retry could be given.
   * @returns Those that asked for the same.
   */
  end(call: Call, outcome: Outcome | undefined): readonly Call[] {
    const name = nameOf(call);
    const [first, ...others] = this.#underWay.get(name) ?? [];
    if (first && first !== call) {
      this.#underWay.set(name, [first, ...others.filter((other) => other !== call)]);
      return [];
    }
    this.#underWay.delete(name);
    if (outcome) this.#remember(name, outcome);
    return others;
  }

  /** What is remembered, oldest first. */
  toList(): readonly KeptReply[] {
    return [...this.#outcomes];
  }

  /** Remembers what is kept. @returns Calls that came before, and whose outcome is among it. */
  fill(list: readonly KeptReply[]): readonly Call[] {
    for (const [name, outcome] of list) this.#outcomes.set(name, outcome);
    const known = [...this.#underWay].filter(([name]) => this.#outcomes.has(name));
    for (const [name] of known) this.#underWay.delete(name);
    return known.flatMap(([, calls]) => calls);
  }

  #remember(name: string, outcome: Outcome): void {
    try {
      this.#outcomes.set(name, encode(outcome));
    } catch {
      // What cannot be encoded does not reach the caller either, who hears of that.
      return;
    }
    if (this.#outcomes.size <= maxReplies) return;
    for (const oldest of this.#outcomes.keys()) {
      this.#outcomes.delete(oldest);
      break;
    }
  }
}

function nameOf({ name, key }: Call): string {
  return `${name}:${key}`;
}
