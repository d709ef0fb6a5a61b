import { Kind } from "@troupe/core";
import type { Parcel } from "@troupe/proxy";

import type { Method } from "../definition/method-table.js";
import type { Outcome } from "../state/reply-cache.js";
import type { Cell } from "./cell.js";
import { type Chain, chainThrough, type Link } from "./chain.js";

type Resolve = (value: unknown) => void;
type Reject = (error: unknown) => void;

/** What is asked of a call besides. */
export interface Terms {
  /** When it is to be over, in `performance.now()` milliseconds; `Infinity` for never. */
  readonly deadline: number;
  /** Names it among the calls of its method, across its retries. */
  readonly key: string | undefined;
  /** Whether its result is put into the object store. */
  readonly isStored: boolean;
}

let lastNumber = 0;

/**
 * A message to an actor, from the moment it is there until it is answered: a call, a tell, a batch or the reading of
 * a property. Asked for by a promise of this process, or by the message of another.
 */
export class Call {
  /** What is to run; set when it is taken in. */
  method: Method | undefined;
  state: "waiting" | "running" | "over" = "waiting";
  /** Whether it waits to be taken in. */
  isHeld = false;
  /** Of the caller in this process; absent for a tell, unless its sender waits until it is taken in. */
  resolve: Resolve | undefined;
  reject: Reject | undefined;
  /** Absent for one that is asked for as most are. */
  terms: Terms | undefined;
  /** When it began, or, of one that waits, came: in whole `performance.now()` milliseconds; 0 for one that returns at once. */
  since = 0;
  /** Its place in its mailbox's list, if it runs and has not returned at once. */
  place: number | undefined;
  /** What it is part of: the call of this process that made it, or the calls of others above it. */
  chain: Link;
  /** Whether it has run to its end. One whose caller gave up is answered before that. */
  hasLeft = false;
  /** Whether it has made calls. */
  hasAsked = false;
  /** Whether it runs beside the slots of its mailbox, within a call that has one. */
  isBeside = false;
  #number = 0;
  #asChain: Chain | undefined;
  #controller: AbortController | undefined;

  /**
   * @param from The process that sent it; `undefined` for this one.
   * @param id Its number there.
   * @param args Of a batch: the list of all argument lists.
   * @param parcel What its sender gets back once there is room.
   */
  constructor(
    readonly cell: Cell,
    readonly kind: number,
    readonly name: string,
    public args: readonly unknown[],
    readonly from: string | undefined,
    readonly id: number,
    private parcel?: Parcel,
  ) {}

  /** When it is to be over, in `performance.now()` milliseconds; `Infinity` for never. */
  get deadline(): number {
    return this.terms?.deadline ?? Infinity;
  }

  /** Names it among the calls of its method, across its retries. */
  get key(): string | undefined {
    return this.terms?.key;
  }

  /** Whether its result is put into the object store. */
  get isStored(): boolean {
    return this.terms?.isStored ?? false;
  }

  /** Aborts when the caller gives up, or the actor is killed. */
  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  /** Why nobody waits for it any more. */
  get cancelled(): Error | undefined {
    return this.#controller?.signal.reason as Error | undefined;
  }

  /** Its number among the calls of this process. */
  get number(): number {
    return (this.#number ||= ++lastNumber);
  }

  /** What the calls that it makes are part of. */
  get asChain(): Chain {
    return (this.#asChain ??= chainThrough(this));
  }

  /** It has its place in the mailbox, or needs none: whoever sent it may send more. */
  admit(): void {
    if (this.parcel) this.#release(this.parcel);
    if (this.isHeld && this.kind === Kind.tell) this.resolve?.(undefined);
  }

  /** It is not taken in. */
  refuse(error: Error): void {
    if (this.parcel) this.#release(this.parcel);
    if (this.kind !== Kind.tell || this.from !== undefined) return this.fail(error);
    // Whoever sent it hears of it, and makes it a dead letter.
    this.state = "over";
    this.abort(error);
    this.reject?.(error);
  }

  succeed(value: unknown): void {
    if (this.state === "over") return this.#unheard([true, value]);
    this.state = "over";
    const { ledger } = this.cell;
    if (ledger) ledger.settle(this, [true, value]);
    else this.answer(value);
  }

  fail(error: unknown): void {
    if (this.state === "over") return this.#unheard([false, error]);
    const { ledger, isEnded } = this.cell;
    const hasBegun = this.state === "running";
    this.state = "over";
    if (ledger && hasBegun && !isEnded) return ledger.settle(this, [false, error]);
    ledger?.skip(this);
    this.answerFailure(error);
  }

  /** Gives the caller what came of it. */
  answer(value: unknown): void {
    if (this.kind !== Kind.tell) this.cell.runtime.replies.result(this, value);
  }

  answerFailure(error: unknown): void {
    const { runtime, record } = this.cell;
    if (this.kind === Kind.tell) runtime.undelivered(record, this.name, this.args, error);
    else runtime.replies.failure(this, error);
  }

  /** Nobody waits for it any more: one that has not begun never does. */
  cancel(reason: Error): void {
    if (this.state === "over") return;
    // What it holds is let go of now; its place in the mailbox when its turn comes.
    const hasBegun = this.state === "running";
    if (!hasBegun) this.args = [];
    this.state = "over";
    this.abort(reason);
    if (!hasBegun) this.cell.ledger?.skip(this);
  }

  /** Its caller gave up before it was here: it is as if it had never come. */
  drop(reason: Error): void {
    this.state = "over";
    this.abort(reason);
    this.admit();
  }

  /** Aborts what it has started, and answers it. */
  kill(reason: Error): void {
    this.abort(reason);
    this.fail(reason);
  }

  /** Tells what it has started that nobody waits for it any more. */
  abort(reason: Error): void {
    (this.#controller ??= new AbortController()).abort(reason);
  }

  /** What it came to after its caller gave up. */
  #unheard(outcome: Outcome): void {
    if (this.cancelled) this.cell.ledger?.settleUnheard(this, outcome);
  }

  #release(parcel: Parcel): void {
    this.parcel = undefined;
    this.cell.runtime.node.transport.consumed(parcel);
  }
}
