import { Fifo, isThenable, TroupeError } from "@troupe/core";

import type { LanePlan } from "../definition/plan.js";
import { begin, ended, lasts, returned, threw } from "../insight/call-times.js";
import type { Busy } from "../insight/lookout.js";
import { shared } from "../shared.js";
import type { Call } from "./call.js";
import { isWithin } from "./chain.js";
import { perform } from "./perform.js";
import { mayBegin, resumeNextTurn } from "./turn.js";

/** Calls that run on the stack of one another, before the next has to wait for a stack of its own. */
const maxNesting = 32;
/** Messages that may wait before a full mailbox. What other processes send is bounded by their credit before that. */
const maxOverflow = 1_000_000;
/** Urgent messages that may wait. */
const maxUrgent = 10_000;

/** Whose messages they are. */
export interface MailboxOwner {
  /** Nothing runs and nothing waits any more. */
  onIdle(): void;
  /** A message has to wait. */
  onWait(mailbox: Mailbox, call: Call): void;
}

/** Calls that are on the stack now. */
let nesting = 0;

/**
 * The messages that wait for an actor, and the slots in which they run: first in, first out, but for urgent ones,
 * which go before the others. With all slots free a message runs at once.
 */
export class Mailbox implements Busy {
  isWatched = false;
  /** Calls that may begin. None until the mailbox is opened, so that what comes early waits. */
  #free = 0;
  /** Messages here that have not begun. */
  #size = 0;
  #begun = 0;
  #ended = 0;
  #pumping = false;
  // Most actors are idle most of the time: lists are made once there is something to put in them.
  #waiting: Fifo<Call> | undefined;
  /** Those that found the mailbox full, and keep their senders from sending more. */
  #overflow: Fifo<Call> | undefined;
  #urgent: Fifo<Call> | undefined;
  /** Those that are part of what runs here, and wait for nothing but a stack of their own. */
  #entering: Fifo<Call> | undefined;

  /** Calls that run and have not returned at once, each at its {@link Call.place}. */
  #awaited: Call[] | undefined;

  constructor(
    private readonly plan: LanePlan,
    private readonly owner: MailboxOwner,
    private readonly run: (call: Call) => unknown = perform,
  ) {}

  get isIdle(): boolean {
    return this.#size === 0 && this.#begun === this.#ended && !this.#entering?.size;
  }

  /** Messages that have begun, ever. */
  get begun(): number {
    return this.#begun;
  }

  /** Messages that have not begun. */
  get size(): number {
    return this.#size;
  }

  /** Whether what waits here waits for a slot. */
  get isFull(): boolean {
    return this.#free === 0;
  }

  /** The one that begins next. */
  get oldest(): Call | undefined {
    return this.#urgent?.peek() ?? this.#waiting?.peek();
  }

  /** Those that have begun and not ended, but for one that is on the stack now. */
  get running(): readonly Call[] {
    return this.#awaited ?? none;
  }

  /** Those that have not begun, in no order. */
  *waiting(): Iterable<Call> {
    for (const calls of [this.#entering, this.#urgent, this.#waiting, this.#overflow])
      if (calls) yield* calls;
  }

  /** Lets messages run. */
  open(): void {
    this.#free = this.plan.width;
    this.#pump();
  }

  /** Takes a message, which runs at once if it can. */
  offer(call: Call): void {
    if (this.#free === 0 || this.#size > 0 || nesting >= maxNesting) return this.#hold(call);
    call.admit();
    this.#start(call);
    if (this.#size > 0) this.#pump();
  }

  /** The next turn of the event loop has come. */
  resume(): void {
    for (let call = this.#entering?.shift(); call; call = this.#entering?.shift())
      if (call.state === "waiting") this.#start(call);
    this.#pumping = false;
    this.#pump();
  }

  /** Fails all that is here, and aborts what runs. @param unbegun For what has not begun. */
  kill(reason: () => Error, unbegun = reason): void {
    this.#free = 0;
    for (const call of [...(this.#awaited ?? [])]) call.kill(reason());
    for (let call = this.#entering?.shift(); call; call = this.#entering?.shift()) call.fail(unbegun());
    for (let call = this.#take(); call; call = this.#take()) call.fail(unbegun());
  }

  /** Keeps a message until it may begin. */
  #hold(call: Call): void {
    if (this.plan.reentrant && isWithin(call)) return this.#enter(call);
    this.#enqueue(call);
    this.owner.onWait(this, call);
    if (this.#free === 0 || this.#pumping) return;
    this.#pumping = true;
    resumeNextTurn(this);
  }

  /** Runs what is part of a call that runs here: waiting for a slot, it would wait for itself. */
  #enter(call: Call): void {
    call.admit();
    call.isBeside = true;
    if (nesting < maxNesting) return this.#start(call);
    (this.#entering ??= new Fifo()).push(call);
    resumeNextTurn(this);
  }

  #enqueue(call: Call): void {
    const { limit, rejects } = this.plan;
    if (call.method!.urgent) {
      const urgent = (this.#urgent ??= new Fifo());
      // What is urgent takes no credit: its sender cannot be held back.
      if (urgent.size >= maxUrgent) return call.refuse(this.#fullError(call, maxUrgent));
      urgent.push(call);
      call.admit();
    } else if ((this.#waiting ??= new Fifo()).size < limit) {
      this.#waiting.push(call);
      call.admit();
    } else {
      if (rejects || this.#size >= limit + maxOverflow) return call.refuse(this.#fullError(call));
      call.isHeld = true;
      (this.#overflow ??= new Fifo()).push(call);
    }
    this.#size++;
    this.#watched(call);
  }

  #take(): Call | undefined {
    const urgent = this.#urgent?.shift();
    const call = urgent ?? this.#waiting?.shift();
    if (!call) return undefined;
    this.#size--;
    const next = urgent ? undefined : this.#overflow?.shift();
    if (next) {
      this.#waiting!.push(next);
      next.admit();
    }
    return call;
  }

  /** Runs what waits while there are slots. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#free > 0 && this.#size > 0) {
      // Still pumping: what comes meanwhile has to wait behind what is here.
      if (!mayBegin(this)) return;
      const call = this.#take()!;
      if (call.state === "waiting") this.#start(call);
    }
    this.#pumping = false;
    this.#rest();
  }

  #start(call: Call): void {
    if (!call.isBeside) this.#free--;
    this.#begun++;
    nesting++;
    call.state = "running";
    if (call.key !== undefined) call.cell.ledger?.begins(call);
    const since = begin(call);
    try {
      const result: unknown = shared.running.run(call, this.run, call);
      if (isThenable(result)) return this.#await(call, result, since);
      call.succeed(result);
    } catch (error) {
      threw(call);
      call.fail(error);
    } finally {
      nesting--;
    }
    if (since !== 0) returned(call, since);
    this.#leave(call);
    if (!this.#pumping) this.#rest();
  }

  #leave(call: Call): void {
    call.hasLeft = true;
    // What it is part of may go, though what it has left behind runs on.
    call.chain = undefined;
    if (!call.isBeside) this.#free++;
    this.#ended++;
  }

  #rest(): void {
    if (this.#size === 0 && this.#begun === this.#ended) this.owner.onIdle();
  }

  /** @param began As {@link begin} gave it. */
  #await(call: Call, result: PromiseLike<unknown>, began: number): void {
    const since = lasts(call, began);
    if (!this.isWatched) call.cell.runtime.lookout.watch(this);
    const awaited = (this.#awaited ??= []);
    call.place = awaited.push(call) - 1;
    const over = () => {
      ended(call, since);
      const last = awaited.pop()!;
      if (last !== call) awaited[(last.place = call.place!)] = last;
      this.#leave(call);
      this.#pump();
    };
    result.then(
      (value) => {
        call.succeed(value);
        over();
      },
      (error: unknown) => {
        threw(call);
        call.fail(error);
        over();
      },
    );
  }

  #watched(call: Call): void {
    const { lookout } = call.cell.runtime;
    if (!lookout.isAwake) lookout.wake();
    call.since = lookout.now;
    if (!this.isWatched) lookout.watch(this);
  }

  #fullError({ cell: { record } }: Call, limit = this.plan.limit): TroupeError {
    const { id, path } = record;
    return new TroupeError(
      "ERR_MAILBOX_FULL",
      `${limit} messages wait for ${path} already; send it fewer, or give it a larger mailbox.`,
      { details: { actor: id, path, limit } },
    );
  }
}

const none: readonly Call[] = [];
