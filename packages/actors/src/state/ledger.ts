import { decode, encode, isThenable, isTroupeError, Kind, TroupeError } from "@troupe/core";

import type { Call } from "../cell/call.js";
import type { Cell } from "../cell/cell.js";
import type { Method } from "../definition/method-table.js";
import { isStreamLike } from "../stream/stream-like.js";
import { stateKey } from "./kept-as.js";
import type { PersistPlan } from "./persist-plan.js";
import { type KeptReply, type Outcome, ReplyCache } from "./reply-cache.js";

/** Milliseconds that the storage may take for a save. */
const patience = 10_000;

/** What is kept of an actor. */
interface Kept {
  /** Encoded. */
  readonly state: Uint8Array;
  readonly replies: readonly KeptReply[];
}

/** An answer that waits until what it tells of is saved. */
interface Held {
  readonly call: Call;
  readonly outcome: Outcome;
}

/**
 * What came of an actor's calls, before it is answered: outcomes of calls with a key are remembered, and those of an
 * actor whose state is kept wait until it is saved.
 *
 * Saves do not hold up the actor. What comes while one is under way is answered by the next, however much that is: the
 * group commit of databases.
 */
export class Ledger {
  readonly #replies = new ReplyCache();
  #held: Held[] = [];
  #isDirty = false;
  /** What is not saved yet, if it was taken down before a call began that may be in the middle of something now. */
  #taken: Kept | Promise<Kept> | undefined;
  /** Methods whose last call did all that it does before anything else could happen. */
  readonly #atOnce = new WeakSet<Method>();
  #saving: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param plan Absent for an actor whose state is not kept. */
  constructor(
    private readonly cell: Cell,
    private readonly plan: PersistPlan | undefined,
  ) {}

  /** Gives the instance the state that was kept, if there is any. @throws What the storage or `load` throws. */
  async load(): Promise<void> {
    if (!this.plan) return;
    this.plan.check(this.cell.instance!);
    const key = await stateKey(this.cell);
    const kept = await this.cell.runtime.storage.use((storage) => storage.get<Kept>(key));
    if (!kept) return;
    await this.plan.load(this.cell.instance!, decode(kept.state));
    for (const call of this.#replies.fill(kept.replies)) {
      call.state = "over";
      answer(call, this.#replies.outcomeOf(call)!);
    }
  }

  /** Whether a call with a key needs not run, as it did or does: it is answered then. */
  isKnown(call: Call): boolean {
    const outcome = this.#replies.outcomeOf(call);
    if (!outcome && this.#replies.begin(call)) return false;
    call.admit();
    if (!outcome) return true;
    call.state = "over";
    // What is under way to the storage is not there yet.
    if ((this.#isDirty || this.#saving) && this.#answersLate) this.#hold(call, outcome);
    else answer(call, outcome);
    return true;
  }

  /**
   * A call with a key begins. What is not saved yet is taken down first, unless the call is known to return at once:
   * else the next save might have a part of what it does and not that it was made, and a retry would do it once more.
   */
  begins({ kind, method }: Call): void {
    if (!this.#isDirty || !this.#answersLate || this.#taken) return;
    if (kind === Kind.call && this.#atOnce.has(method!)) return;
    try {
      this.#taken = this.#take();
    } catch {
      // The save will fail of the same, and say so.
    }
  }

  /** A call is over that had begun. */
  settle(call: Call, outcome: Outcome): void {
    if (call.key !== undefined && call.kind === Kind.call) {
      if (call.place === undefined) this.#atOnce.add(call.method!);
      else this.#atOnce.delete(call.method!);
    }
    const changesNothing = call.kind === Kind.property && !this.#isDirty && !this.#saving;
    this.#answer([call, ...this.#end(call, outcome)], outcome, changesNothing);
  }

  /** A call is over that nobody waited for any more. */
  settleUnheard(call: Call, outcome: Outcome): void {
    this.#answer(this.#end(call, outcome), outcome, false);
  }

  /** The actor may have changed without a call being over: by what a stream did. */
  touch(): void {
    if (!this.plan || this.cell.isEnded) return;
    this.#isDirty = true;
    this.#taken = undefined;
    if (this.#answersLate) this.#saveSoon();
    else this.#saveInTime();
  }

  /** A call did not begin, and never will. Those that ask for the same have to see for themselves. */
  skip(call: Call): void {
    if (call.key === undefined) return;
    for (const other of this.#replies.end(call, undefined)) this.cell.receive(other);
  }

  /** Saves what is not saved yet. Never rejects: the calls that wait for it are failed. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#saving;
    if (this.#isDirty) await (this.#saving ??= this.#saveAll());
  }

  /** The actor is gone: it is not known whether what waits was saved. */
  close(reason: () => Error): void {
    clearTimeout(this.#timer);
    for (const { call } of this.#held.splice(0)) answer(call, [false, reason()]);
  }

  /** Nothing is to be found of the actor any more. */
  async forget(): Promise<void> {
    if (!this.plan) return;
    const key = await stateKey(this.cell);
    await this.cell.runtime.storage.use((storage) => storage.delete(key));
  }

  /** Whether an answer waits until what it tells of is saved. */
  get #answersLate(): boolean {
    return this.plan !== undefined && this.plan.every === undefined;
  }

  /** @returns Those that asked for the same. */
  #end(call: Call, outcome: Outcome): readonly Call[] {
    if (call.key === undefined) return [];
    // A stream cannot be given twice.
    const others = this.#replies.end(call, isStreamLike(outcome[1]) ? undefined : outcome);
    for (const other of others) other.state = "over";
    return others;
  }

  #answer(calls: readonly Call[], outcome: Outcome, changesNothing: boolean): void {
    if (!this.plan || changesNothing) {
      for (const call of calls) answer(call, outcome);
      return;
    }
    this.#isDirty = true;
    this.#taken = undefined;
    if (this.#answersLate) for (const call of calls) this.#hold(call, outcome);
    else {
      for (const call of calls) answer(call, outcome);
      this.#saveInTime();
    }
  }

  #saveInTime(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.plan!.every).unref();
  }

  #hold(call: Call, outcome: Outcome): void {
    this.#held.push({ call, outcome });
    this.#saveSoon();
  }

  /** At the end of the turn: what it brings is one save. */
  #saveSoon(): void {
    this.#saving ??= new Promise<void>((resolve) => process.nextTick(resolve)).then(() => this.#saveAll());
  }

  async #saveAll(): Promise<void> {
    do {
      const held = this.#held;
      this.#held = [];
      let kept: Kept | undefined;
      try {
        if (this.#isDirty) {
          const taken = this.#taken ?? this.#take();
          this.#taken = undefined;
          this.#isDirty = false;
          kept = await taken;
          await this.#put(kept);
        }
        for (const { call, outcome } of held) answer(call, outcome);
      } catch (error) {
        // Unless more has been done, it is still what is to be saved.
        if (!this.#isDirty) this.#taken = kept;
        this.#isDirty = true;
        const { path } = this.cell.record;
        this.cell.runtime.node.log.error({ err: error, actor: path }, "an actor's state could not be saved");
        for (const { call } of held) answer(call, [false, saveError(call, error)]);
      }
    } while (this.#held.length > 0 && !this.cell.isEnded);
    this.#saving = undefined;
  }

  /** State and replies as of one moment: encoded, as calls that come before it is sent change both. */
  #take(): Kept | Promise<Kept> {
    const { cell, plan } = this;
    const { instance } = cell;
    if (!instance)
      throw cell.runtime.diedError(cell.record, `${cell.record.path} ended before it was saved.`);
    const replies = this.#replies.toList();
    const saved = plan!.save(instance);
    if (!isThenable(saved)) return { state: encode(saved), replies };
    const later = Promise.resolve(saved).then((state) => ({ state: encode(state), replies }));
    // It may be that nobody needs it any more.
    later.catch(() => {});
    return later;
  }

  async #put(kept: Kept): Promise<void> {
    const key = await stateKey(this.cell);
    await this.cell.runtime.storage.use((storage) => storage.put.with({ timeout: patience })(key, kept));
  }
}

function answer(call: Call, [succeeded, value]: Outcome): void {
  if (succeeded) call.answer(value);
  else call.answerFailure(value);
}

/** What a call did is in its actor, and is kept with the next save that succeeds; for its caller it is not done. */
function saveError({ name, cell }: Call, cause: unknown): TroupeError {
  const { id, path } = cell.record;
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = isTroupeError(cause) ? cause.code : "ERR_REMOTE";
  return new TroupeError(code, `What ${path}.${name}() did could not be saved: ${text}`, {
    cause,
    details: { actor: id, path, method: name },
  });
}
