import type { Node } from "@troupe/cluster";
import type { ObjectRef } from "@troupe/objects";

import { isGone, post } from "../post.js";
import { asError } from "../submit/errors.js";
import { noRefs } from "../values/form.js";
import { discard } from "../values/settle.js";
import { endOp, type FromWorker } from "../wire.js";
import type { Run } from "./run.js";

/** What a run has to say. */
interface Letter {
  readonly run: Run;
  readonly message: FromWorker;
}

/** Letters to one process, and the references in them, which are held until they are sent. */
interface Mail {
  readonly letters: Letter[];
  readonly held: ObjectRef[];
}

/** What runs have to say to those who submitted them: one message for what is said in one turn. */
export class Outbox {
  readonly #waiting = new Map<string, Mail>();
  #isScheduled = false;

  constructor(private readonly node: Node) {}

  /** @param held References in the message, which are let go once it is sent. */
  add(run: Run, message: FromWorker, held: readonly ObjectRef[] = noRefs): void {
    // Its owner is gone, and another may have the name, and runs of the same numbers.
    if (run.isOrphan) {
      giveBack({ run, message });
      for (const ref of held) ref.release();
      return;
    }
    let mail = this.#waiting.get(run.owner);
    if (!mail) this.#waiting.set(run.owner, (mail = { letters: [], held: [] }));
    mail.letters.push({ run, message });
    if (held.length > 0) mail.held.push(...held);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(this.flush);
  }

  readonly flush = (): void => {
    this.#isScheduled = false;
    if (this.#waiting.size === 0) return;
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const [owner, mail] of all) void this.#send(owner, mail);
  };

  /** Settles when whoever submitted the run has been sent all that was said to it; `undefined` when that is so. */
  whenSent({ owner }: Run): Promise<void> | undefined {
    return this.node.transport.whenSent(owner);
  }

  async #send(owner: string, { letters, held }: Mail): Promise<void> {
    const messages = letters.map(({ message }) => message);
    try {
      await post(this.node, owner, endOp, messages);
    } catch (error) {
      await this.#notSent(owner, letters, error);
    }
    for (const ref of held) ref.release();
  }

  async #notSent(owner: string, letters: readonly Letter[], error: unknown): Promise<void> {
    if (isGone(error)) return letters.forEach(giveBack);
    // One may be too large, or all of them together.
    if (letters.length > 1) {
      for (const letter of letters) await this.#send(owner, { letters: [letter], held: [] });
      return;
    }
    const [letter] = letters;
    giveBack(letter!);
    const { run, message } = letter!;
    if (message[0] === "failed")
      return this.node.log.warn({ err: error, to: owner }, "a task's error cannot be sent");
    await this.#send(owner, {
      letters: [{ run, message: ["failed", run.id, NaN, asError(error)] }],
      held: [],
    });
  }
}

/** Nobody gets what is in it. */
function giveBack({ run, message }: Letter): void {
  const [what] = message;
  if (what === "done") discard(message[3], run.options.returns);
  else if (what === "items") discard(message[2], message[2].length);
}
