import type { Node } from "@troupe/cluster";
import { Kind } from "@troupe/core";
import type { ObjectRef } from "@troupe/objects";

import { noRefs } from "../values/form.js";
import { endOp, type FromWorker } from "../wire.js";

/** What runs have to say, by whom it is for: one message for what is said in one turn. */
export class Outbox {
  readonly #waiting = new Map<string, FromWorker[]>();
  #held: ObjectRef[] = [];
  #isScheduled = false;

  constructor(private readonly node: Node) {}

  /** @param held References in the message, which are let go once it is sent. */
  add(owner: string, message: FromWorker, held: readonly ObjectRef[] = noRefs): void {
    if (held.length > 0) this.#held.push(...held);
    const waiting = this.#waiting.get(owner);
    if (waiting) waiting.push(message);
    else this.#waiting.set(owner, [message]);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(this.flush);
  }

  readonly flush = (): void => {
    this.#isScheduled = false;
    if (this.#waiting.size === 0) return;
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const [owner, messages] of all) this.#send(owner, messages);
    for (const ref of this.#held) ref.release();
    this.#held = [];
  };

  #send(owner: string, messages: readonly FromWorker[]): void {
    const failed = (error: unknown) => {
      this.node.log.debug({ err: error, to: owner }, "nobody is there for what tasks gave");
    };
    try {
      this.node.transport.answer(owner, [Kind.system, 0, endOp, messages])?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
