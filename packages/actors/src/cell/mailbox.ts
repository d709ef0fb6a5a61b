import { Fifo, TroupeError } from "@troupe/core";

import type { LanePlan } from "../definition/plan.js";
import { begin, ended, lasts, returned, threw } from "../insight/call-times.js";
import type { Busy } from "../insight/lookout.js";
import { shared } from "../shared.js";
import type { Call } from "./call.js";
import { perform } from "./perform.js";
import { isThenable } from "./thenable.js";
import { mayBegin, resumeNextTurn } from "./turn.js";

/** Calls that run on the stack of one another, before the next has to wait for a stack of its own. */
const maxNesting = 32;
/** Messages that may wait before a full mailbox. What other processes send is bounded by their credit before that. */
const maxOverflow = 1_000_000;

/** Whose messages they are. */
interface MailboxOwner {
  /** Nothing runs and nothing waits any more. */
  onIdle(): void;
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
  #running = 0;
  #pumping = false;
  // Most actors are idle most of the time: lists are made once there is something to put in them.
  #waiting: Fifo<Call> | undefined;
  /** Those that found the mailbox full, and keep their senders from sending more. */
  #overflow: Fifo<Call> | undefined;
  #urgent: Fifo<Call> | undefined;

  /** Calls that run and have not returned at once, each at its {@link Call.place}. */
  #awaited: Call[] | undefined;

  constructor(
    private readonly plan: LanePlan,
    private readonly owner: MailboxOwner,
  ) {}

  get isIdle(): boolean {
    return this.#size === 0 && this.#running === 0;
  }

  get size(): number {
    return this.#size;
  }

  get oldest(): Call | undefined {
    return this.#urgent?.peek() ?? this.#waiting?.peek();
  }

  get running(): readonly Call[] {
    return this.#awaited ?? none;
  }

  /** Lets messages run. */
  open(): void {
    this.#free = this.plan.width;
    this.#pump();
  }

  /** Takes a message, which runs at once if it can. */
  offer(call: Call): void {
    if (this.#free > 0 && this.#size === 0 && nesting < maxNesting) {
      call.admit();
      this.#start(call);
      if (this.#size > 0) this.#pump();
      return;
    }
    this.#enqueue(call);
    if (this.#free === 0 || this.#pumping) return;
    this.#pumping = true;
    resumeNextTurn(this);
  }

  /** The next turn of the event loop has come. */
  resume(): void {
    this.#pumping = false;
    this.#pump();
  }

  /** Fails all that is here, and aborts what runs. @param unbegun For what has not begun. */
  kill(reason: () => Error, unbegun = reason): void {
    this.#free = 0;
    for (const call of [...(this.#awaited ?? [])]) call.kill(reason());
    for (let call = this.#take(); call; call = this.#take()) call.fail(unbegun());
  }

  #enqueue(call: Call): void {
    const { limit, rejects } = this.plan;
    const waiting = (this.#waiting ??= new Fifo());
    if (call.method!.urgent) (this.#urgent ??= new Fifo()).push(call);
    else if (waiting.size < limit) {
      waiting.push(call);
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
    if (urgent) urgent.admit();
    else {
      const next = this.#overflow?.shift();
      if (next) {
        this.#waiting!.push(next);
        next.admit();
      }
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
    if (this.#size === 0 && this.#running === 0) this.owner.onIdle();
  }

  #start(call: Call): void {
    this.#free--;
    this.#running++;
    nesting++;
    call.state = "running";
    const since = begin(call);
    try {
      const result: unknown = shared.running.run(call, perform, call);
      if (isThenable(result)) return this.#await(call, result, since);
      call.succeed(result);
    } catch (error) {
      threw(call);
      call.fail(error);
    } finally {
      nesting--;
    }
    if (since !== 0) returned(call, since);
    this.#free++;
    this.#running--;
    if (this.#size === 0 && this.#running === 0 && !this.#pumping) this.owner.onIdle();
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
      if (last !== call) awaited[(last.place = call.place)] = last;
      this.#free++;
      this.#running--;
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

  #fullError({ cell: { record } }: Call): TroupeError {
    const { id, path } = record;
    const { limit } = this.plan;
    return new TroupeError(
      "ERR_MAILBOX_FULL",
      `${limit} messages wait for ${path} already; send it fewer, or give it a larger mailbox.`,
      { details: { actor: id, path, limit } },
    );
  }
}

const none: readonly Call[] = [];
