import type { ActorRecord, Node } from "@troupe/cluster";
import {
  armDeadline,
  cancelledError,
  Kind,
  TroupeError,
  type WaitOptions,
  type WireMessage,
} from "@troupe/core";

import { Call, type Terms } from "../cell/call.js";
import type { Chain } from "../cell/chain.js";
import { asError } from "../runtime/as-error.js";
import { copy } from "../runtime/replies.js";
import type { ActorRuntime } from "../runtime/runtime.js";
import { shared } from "../shared.js";
import { iterateResult } from "../stream/call-stream.js";
import { type CallOptions, checkCallOptions } from "./call-options.js";
import type { Address, Handle } from "./handle.js";
import { Lines } from "./lines.js";
import { markUnsent, type Pursuit } from "./pursuit.js";
import { withRetries } from "./retries.js";
import type { StoredCall } from "./stored-call.js";

type Resolve = (value: unknown) => void;
type Reject = (error: unknown) => void;

/** System request: a message to an actor's `system` method, or by a tunnel. */
export const urgentOp = "urgent";

/** What a call is, apart from how long it may take. */
export interface Question {
  readonly handle: Handle;
  /** {@link Kind}: a call, a batch, or the reading of a property. */
  readonly kind: number;
  readonly name: string;
  readonly args: readonly unknown[];
  /** Present where the result is put into the object store, and what comes back is a `StoredResult`. */
  readonly stored?: StoredCall;
}

/** Sends what references are asked for: to the mailbox where the actor is in this process, else by the transport. */
export class Caller {
  /** Those that wait for objects before they are sent. */
  readonly lines = new Lines();

  constructor(
    private readonly runtime: ActorRuntime,
    private readonly node: Node,
  ) {}

  /** Asks the actor, and waits as long as it takes; within a call that has a deadline, until then. */
  ask(handle: Handle, kind: number, name: string, args: readonly unknown[]): Promise<unknown> {
    const outer = shared.running.getStore();
    if (handle.pursuit || this.lines.concern(handle, kind, args) || (outer && deadlineOf(outer) !== Infinity))
      return this.askWith({ handle, kind, name, args }, {});
    const within = outer && asker(outer);
    const promise = new Promise<unknown>(takeEnds) as IterablePromise;
    const resolve = lastResolve;
    const reject = lastReject;
    promise[Symbol.asyncIterator] = iterateResult;
    if (handle.cell) this.#askHere(handle, kind, name, args, within, resolve, reject);
    else {
      const id = this.node.pending.open(handle.record.pool, resolve, reject, undefined, within);
      this.#send(handle, id, plainMessage(kind, id, handle.address, name, args, within));
    }
    return promise;
  }

  /** Asks with a bound. @throws By the promise: ERR_CONFIG for options that are wrong, ERR_TIMEOUT, ERR_CANCELLED. */
  askWith(question: Question, options: CallOptions): Promise<unknown> {
    const promise = this.#askWith(question, options) as IterablePromise;
    promise[Symbol.asyncIterator] = iterateResult;
    return promise;
  }

  /** Tells the actor; settles when that was sent and is accepted. A failure that nobody looks at harms nobody. */
  tell(handle: Handle, name: string, args: readonly unknown[]): Promise<void> {
    let told: Promise<void>;
    try {
      const inTurn = this.lines.concern(handle, Kind.tell, args)
        ? this.#tellInTurn(handle, name, args)
        : undefined;
      told = inTurn ?? this.#tellNow(handle, name, args);
    } catch (error) {
      told = Promise.reject(asError(error));
    }
    if (told === accepted) return told;
    told.catch((error: unknown) => this.runtime.deadLetters.add(handle.record.path, name, error));
    return told;
  }

  /** `undefined` when nothing keeps it from being told now. */
  #tellInTurn(handle: Handle, name: string, args: readonly unknown[]): Promise<void> | undefined {
    const outgoing = { handle, kind: Kind.tell, name, args };
    const outer = shared.running.getStore();
    return this.lines.send(outgoing, outer, {}, (held) => this.#tellNow(handle, name, held));
  }

  #tellNow(handle: Handle, name: string, args: readonly unknown[]): Promise<void> {
    if (handle.pursuit) return this.#tellAfter(handle, handle.pursuit, name, args);
    return handle.cell ? this.#tellHere(handle, name, args) : this.#tellThere(handle, name, args);
  }

  async #tellAfter(handle: Handle, pursuit: Pursuit, name: string, args: readonly unknown[]): Promise<void> {
    const tell = async () => {
      try {
        await (handle.cell ? this.#tellHere(handle, name, args) : this.#tellThere(handle, name, args));
      } catch (error) {
        throw markUnsent(asError(error));
      }
    };
    await pursuit.send(tell, { deadline: Infinity, signal: undefined });
  }

  /** @throws ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE; at once or by the promise. */
  #tellThere(handle: Handle, name: string, args: readonly unknown[]): Promise<void> {
    return this.#transmit(handle, name, [Kind.tell, handle.address, name, args]) ?? accepted;
  }

  async #askWith(question: Question, options: CallOptions): Promise<unknown> {
    checkCallOptions(options);
    const { signal } = options;
    const outer = shared.running.getStore();
    const within = outer && asker(outer);
    const start = performance.now();
    const left = outer ? Math.ceil(Math.max(0, deadlineOf(outer) - start)) : Infinity;
    const timeout = Math.min(options.timeout ?? Infinity, left);
    const deadline = start + timeout;
    const { handle, kind, args } = question;
    if (this.lines.concern(handle, kind, args)) {
      const answer = this.lines.send(question, outer, { timeout, signal }, (held) =>
        this.#reach({ ...question, args: held }, within, options, deadline, leftUntil(deadline)),
      );
      if (answer) return answer;
    }
    return this.#reach(question, within, options, deadline, timeout);
  }

  /** Asks an actor that may have to be looked for, once or again. */
  #reach(
    question: Question,
    within: Call | undefined,
    options: CallOptions,
    deadline: number,
    timeout: number,
  ): Promise<unknown> {
    const { retries = 0, signal } = options;
    const { pursuit } = question.handle;
    if (retries === 0 && !pursuit) return this.#attempt(question, within, options, deadline, timeout);
    const attempt = () => this.#attempt(question, within, options, deadline, leftUntil(deadline));
    const reach = pursuit ? () => pursuit.send(attempt, { deadline, signal }) : attempt;
    return retries === 0 ? reach() : withRetries(question, options, deadline, reach);
  }

  #attempt(
    question: Question,
    within: Call | undefined,
    options: CallOptions,
    deadline: number,
    left: number,
  ): Promise<unknown> {
    const { handle, name, stored } = question;
    const { signal } = options;
    const what = `${handle.record.path}.${name}()`;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelledError(what, signal));
      if (stored?.cancelled) return reject(stored.cancelled);
      const bound = { signal, timeout: left === Infinity ? undefined : left };
      let giveUp: (error: Error) => void = noop;
      const disarm = armDeadline(what, bound, (error) => giveUp(error));
      const done: Resolve = (value) => {
        disarm();
        resolve(value);
      };
      const failed: Reject = (error) => {
        disarm();
        reject(error);
      };
      giveUp = handle.cell
        ? this.#attemptHere(question, within, options, deadline, done, failed)
        : this.#attemptThere(question, within, options, bound, done, failed);
      if (stored) stored.giveUp = giveUp;
    });
  }

  /** @returns Gives the call up. */
  #attemptHere(
    question: Question,
    within: Call | undefined,
    { key }: CallOptions,
    deadline: number,
    done: Resolve,
    failed: Reject,
  ) {
    const { handle, kind, name, args, stored } = question;
    const terms = { deadline, key, isStored: stored !== undefined };
    const call = this.#askHere(handle, kind, name, args, within, done, failed, terms);
    return (error: Error) => {
      call?.cancel(error);
      failed(error);
    };
  }

  /** @returns Gives the call up. */
  #attemptThere(
    question: Question,
    within: Call | undefined,
    { key }: CallOptions,
    bound: WaitOptions,
    done: Resolve,
    failed: Reject,
  ) {
    const { handle, kind, name, args, stored } = question;
    const { address, record } = handle;
    const { pool } = record;
    const id = this.node.pending.open(pool, done, failed, undefined, within);
    // A call with a deadline can be cancelled; `Infinity` says that it can though it has none.
    const fields = [kind, id, address, name, args, bound.timeout ?? Infinity] as const;
    const message: WireMessage =
      kind === Kind.property
        ? plainMessage(kind, id, address, name, args, within)
        : stored
          ? [...fields, within?.asChain ?? null, key ?? null, null, true]
          : key !== undefined
            ? [...fields, within?.asChain ?? null, key]
            : within
              ? [...fields, within.asChain]
              : fields;
    this.#send(handle, id, message, bound);
    return (error: Error) => {
      if (this.node.pending.fail(id, error)) this.runtime.replies.post(pool, [Kind.cancel, id]);
    };
  }

  #send(handle: Handle, id: number, message: WireMessage, bound?: WaitOptions): void {
    try {
      const waits = this.#transmit(handle, message[3] as string, message, bound);
      if (waits) waits.catch((error: unknown) => this.#notSent(id, error));
    } catch (error) {
      this.#notSent(id, error);
    }
  }

  #notSent(id: number, error: unknown): void {
    this.node.pending.fail(id, markUnsent(asError(error)));
  }

  /** @throws What the transport throws; why an actor is not there that should be in this process. By the promise, too. */
  #transmit(
    { record, urgent }: Handle,
    name: string,
    message: WireMessage,
    bound?: WaitOptions,
  ): void | Promise<void> {
    const { transport, name: here } = this.node;
    const { pool } = record;
    if (pool === here) return this.#absent(record);
    return urgent?.has(name)
      ? transport.answer(pool, urgently(message), bound)
      : transport.send(pool, message, bound);
  }

  async #absent(record: ActorRecord): Promise<never> {
    throw await this.runtime.absenceOf(record);
  }

  #askHere(
    { cell, tunnel }: Handle,
    kind: number,
    name: string,
    args: readonly unknown[],
    within: Call | undefined,
    resolve: Resolve,
    reject: Reject,
    terms?: Terms,
  ): Call | undefined {
    try {
      const given = cell!.plan.isolate ? (copy(args) as unknown[]) : args;
      const call = new Call(cell!, kind, name, kind === Kind.property ? [name] : given, undefined, 0);
      call.terms = terms;
      call.resolve = resolve;
      call.reject = reject;
      call.chain = within;
      cell!.receive(call, tunnel);
      return call;
    } catch (error) {
      reject(error);
      return undefined;
    }
  }

  #tellHere({ cell, tunnel }: Handle, name: string, args: readonly unknown[]): Promise<void> {
    const given = cell!.plan.isolate ? (copy(args) as unknown[]) : args;
    const call = new Call(cell!, Kind.tell, name, given, undefined, 0);
    cell!.receive(call, tunnel);
    if (call.cancelled) throw call.cancelled;
    if (!call.isHeld) return accepted;
    return new Promise((resolve, reject) => {
      call.resolve = resolve as Resolve;
      call.reject = reject;
    });
  }
}

/** The call that asks, of which what it asks for is a part; none for what a call has left behind. */
function asker(outer: Call): Call | undefined {
  if (outer.hasLeft) return undefined;
  outer.hasAsked = true;
  return outer;
}

/** The message as one that takes no credit, and so does not wait with others for it. */
function urgently(message: WireMessage): WireMessage {
  return [Kind.system, 0, urgentOp, message];
}

/** A message without a deadline. */
function plainMessage(
  kind: number,
  id: number,
  actor: Address,
  name: string,
  args: readonly unknown[],
  within: Call | undefined,
): WireMessage {
  if (within) return messageWithin(kind, id, actor, name, args, within.asChain);
  return kind === Kind.property ? [kind, id, actor, name] : [kind, id, actor, name, args];
}

/** A message without a deadline that is part of others. */
function messageWithin(
  kind: number,
  id: number,
  actor: Address,
  name: string,
  args: readonly unknown[],
  chain: Chain,
): WireMessage {
  return kind === Kind.property ? [kind, id, actor, name, chain] : [kind, id, actor, name, args, null, chain];
}

/** When the call that runs now has to be over, and so all that it asks for. */
function deadlineOf(outer: Call): number {
  return outer.state === "running" ? outer.deadline : Infinity;
}

/** Milliseconds. */
function leftUntil(deadline: number): number {
  return Math.ceil(Math.max(0, deadline - performance.now()));
}

/** What a call gives: a promise of its result that can also be iterated. */
type IterablePromise = Promise<unknown> & { [Symbol.asyncIterator]?: typeof iterateResult };

const accepted = Promise.resolve();

// The ends of the promise that was made last: an executor of its own for each would be a closure for each call.
let lastResolve: Resolve;
let lastReject: Reject;
function takeEnds(resolve: Resolve, reject: Reject): void {
  lastResolve = resolve;
  lastReject = reject;
}

function noop(): void {}

/** The error of a reference that no cluster of this process knows. */
export function homelessError(path: string): TroupeError {
  return new TroupeError(
    "ERR_CLOSED",
    `The reference to ${path} was read where no cluster is; start one first, with init().`,
    { details: { path } },
  );
}
