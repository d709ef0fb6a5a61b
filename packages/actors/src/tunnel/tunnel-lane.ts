import { isThenable } from "@troupe/core";

import type { Call } from "../cell/call.js";
import { Mailbox, type MailboxOwner } from "../cell/mailbox.js";
import { perform } from "../cell/perform.js";
import type { LanePlan } from "../definition/plan.js";

/** What went through a tunnel of an actor. */
export interface TunnelStats {
  /** Messages that have begun. */
  readonly calls: number;
  /** Those of them that failed. */
  readonly errors: number;
  /** Messages that wait now. */
  readonly waiting: number;
  /** Messages that run now. */
  readonly running: number;
  /** Milliseconds that messages took, from their beginning to their end; 0 while none has ended. */
  readonly meanMilliseconds: number;
  readonly maxMilliseconds: number;
}

/** The end of a tunnel where its actor is: a mailbox beside the others, that counts. */
export class TunnelLane {
  readonly mailbox: Mailbox;
  #calls = 0;
  #errors = 0;
  #ended = 0;
  #sum = 0;
  #max = 0;

  constructor(plan: LanePlan, owner: MailboxOwner) {
    this.mailbox = new Mailbox(plan, owner, (call) => this.#run(call));
  }

  get stats(): TunnelStats {
    return {
      calls: this.#calls,
      errors: this.#errors,
      waiting: this.mailbox.size,
      running: this.mailbox.running.length,
      meanMilliseconds: this.#ended === 0 ? 0 : this.#sum / this.#ended,
      maxMilliseconds: this.#max,
    };
  }

  #run(call: Call): unknown {
    this.#calls++;
    const begin = performance.now();
    try {
      const result = perform(call);
      if (isThenable(result)) return this.#settled(begin, result);
      this.#end(begin, true);
      return result;
    } catch (error) {
      this.#end(begin, false);
      throw error;
    }
  }

  async #settled(begin: number, result: PromiseLike<unknown>): Promise<unknown> {
    let isGood = false;
    try {
      const value = await result;
      isGood = true;
      return value;
    } finally {
      this.#end(begin, isGood);
    }
  }

  #end(begin: number, isGood: boolean): void {
    const took = performance.now() - begin;
    this.#ended++;
    this.#sum += took;
    if (took > this.#max) this.#max = took;
    if (!isGood) this.#errors++;
  }
}
