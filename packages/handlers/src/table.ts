import { type Logger, type Message, type MessageMap, TroupeError } from "@troupe/core";

import { type DeadLetter, DeadLetters } from "./dead-letter.js";
import {
  checkEvent,
  checkPendingLimit,
  type HandlerEntry,
  type HandlerOptions,
  type HandlerRecord,
} from "./definition.js";
import type { EventExpression } from "./event/event.js";
import { describeEvent } from "./event/normalize.js";
import type { EventInput, Handler, KnownEvent } from "./event/types.js";
import type { Group } from "./group.js";
import { ConditionalEvent } from "./internal/conditional-event.js";
import { Membership } from "./internal/membership.js";
import { type Delivery, type FailureReport, runAll } from "./internal/run.js";

/** Options of a {@link HandlerTable}. */
export interface HandlerTableOptions {
  /** Messages that wait for each condition of an event, at most. Default 65,536. */
  readonly pendingLimit?: number | undefined;
  /** Told of each message that no handler takes. What it throws is thrown by `dispatch`. */
  readonly onDeadLetter?: ((letter: DeadLetter) => void) | undefined;
  /**
   * Gets what a handler throws, with the message or messages that it had got. `dispatch` then does not reject
   * for it. Must not throw itself.
   */
  readonly onFailure?: ((error: unknown, messages: readonly Message[]) => void) | undefined;
  /** Gets one warning for each type that goes to dead letters. Default: Troupe's own logger. */
  readonly logger?: Logger | undefined;
}

type AnyHandler = Delivery["handler"];

interface Definition {
  readonly event: string | EventExpression;
  readonly handler: AnyHandler;
  readonly options: HandlerOptions;
}

/** A registered handler; `event` is absent when it gets each message by itself. */
interface Subscription {
  readonly handler: AnyHandler;
  readonly event?: ConditionalEvent;
}

const defaultPendingLimit = 65_536;

/**
 * What one member of a group does with its messages: handlers by event, and the messages that wait for an
 * event to be met.
 *
 * A bare type (`"hello"`) gets each message of that type. An event with counts gets an array each time it
 * is met: `"actor:rollout:3"`, `"actor:rollout:60%"`, `"*:done:1"`, {@link all}, {@link any}. A message counts
 * towards every event that it matches.
 *
 * Waiting messages belong to the table, so a table serves one member; {@link HandlerTable.from} gives another
 * member its own with the same handlers.
 *
 * @typeParam T What the handlers work on: their first argument.
 * @typeParam M Message type → body. Events of other types are then compile errors.
 * @typeParam P The member through which messages come: the handlers' second argument.
 */
export class HandlerTable<T = unknown, M extends object = MessageMap, P extends Group = Group> {
  readonly #options: HandlerTableOptions;
  readonly #pendingLimit: number;
  readonly #deadLetters: DeadLetters;
  readonly #report: FailureReport | undefined;
  readonly #membership = new Membership();
  readonly #definitions: Definition[] = [];
  readonly #byType = new Map<string, Subscription[]>();
  /** Those whose needs change with the membership, in the order of registration. */
  readonly #following: Required<Subscription>[] = [];
  readonly #events: ConditionalEvent[] = [];

  /** @throws ERR_CONFIG for a limit that is not a whole number from 1. */
  constructor(options: HandlerTableOptions = {}) {
    this.#options = options;
    this.#pendingLimit = checkPendingLimit(options.pendingLimit ?? defaultPendingLimit);
    this.#deadLetters = new DeadLetters(options.onDeadLetter, options.logger);
    const { onFailure } = options;
    this.#report = onFailure && ((error, payload) => onFailure(error, [payload].flat() as Message[]));
  }

  /**
   * A new table with the handlers of `spec`: a table (its options come along, its waiting messages stay with
   * it), a record of event string → handler, or an array of `[event, handler, options?]`.
   *
   * @throws ERR_CONFIG for a malformed event, or for something else than a function as its handler.
   */
  static from<T = unknown, M extends object = MessageMap, P extends Group = Group, K extends string = string>(
    // The map is never guessed from the handlers: a record's keys are events, not types.
    spec:
      HandlerTable<T, M, P> | HandlerRecord<T, NoInfer<M>, P, K> | readonly HandlerEntry<T, NoInfer<M>, P>[],
    options?: HandlerTableOptions,
  ): HandlerTable<T, M, P> {
    const inherited: HandlerTableOptions = spec instanceof HandlerTable ? spec.#options : {};
    const table = new HandlerTable<T, M, P>({ ...inherited, ...options });
    return table.include(spec);
  }

  /** Messages that wait for their events; one that waits for several events counts for each. */
  get pending(): number {
    let sum = 0;
    for (const event of this.#events) sum += event.pending;
    return sum;
  }

  /**
   * Registers a handler. Several may have the same event: each runs, in the order of registration.
   *
   * @throws ERR_CONFIG for a malformed event, with a caret under the place.
   */
  on<const E extends EventInput<M>>(
    event: E & KnownEvent<E, M>,
    handler: Handler<E, T, M, P>,
    options: HandlerOptions = {},
  ): this {
    this.#register(event, handler as AnyHandler, options);
    return this;
  }

  /**
   * Registers the handlers of a table, a record or an array after those already here; what
   * {@link handlersOf} gives, too.
   *
   * @throws ERR_CONFIG as {@link HandlerTable.from}; the handlers before the wrong one are then registered.
   */
  include<K extends string = string>(spec: HandlerSpec<T, M, P, K>): this {
    // Copied first, so that a table may include itself.
    const definitions = spec instanceof HandlerTable ? [...spec.#definitions] : definitionsOf(spec);
    for (const { event, handler, options } of definitions) this.#register(event, handler, options);
    return this;
  }

  /**
   * Hands a message to every handler whose event it meets.
   *
   * Which handlers run, and with what, is settled before this returns; then they run one after another in the
   * order of registration, each after the one before it has settled. Handlers that return no promise have all
   * run when this returns. Dispatches that are not awaited may overlap in asynchronous handlers.
   *
   * @param proxy Whose `peers` say who lives, which percentages and components are judged by.
   * @returns Rejects, after all handlers ran, with what one handler threw; with an AggregateError when several did.
   */
  dispatch(local: T, proxy: P, message: Message): Promise<void> {
    const due: Delivery[] = [];
    const errors: unknown[] = [];
    try {
      this.#accept(message, proxy, due, errors);
    } catch (error) {
      errors.push(error);
    }
    return runAll(due, local, proxy, errors, this.#report);
  }

  /**
   * To be called when members joined or left: events with percentages that are met now run their handlers.
   * Also lets the table remember the components of members that left.
   *
   * @returns As {@link HandlerTable.dispatch}.
   */
  membershipChanged(local: T, proxy: P): Promise<void> {
    const due: Delivery[] = [];
    const errors: unknown[] = [];
    try {
      this.#membership.refresh(proxy);
      for (const { event, handler } of this.#following) takeAll(event, handler, proxy, due);
    } catch (error) {
      errors.push(error);
    }
    return runAll(due, local, proxy, errors, this.#report);
  }

  #accept(message: Message, group: P, due: Delivery[], errors: unknown[]): void {
    const letters: DeadLetter[] = [];
    let taken = false;
    const subscriptions = this.#byType.get(message.type);
    for (const { handler, event } of subscriptions ?? []) {
      if (!event) {
        due.push({ handler, payload: message });
        taken = true;
        continue;
      }
      const offer = event.offer(message, this.#membership, group);
      if (offer === "backlog-full") letters.push({ reason: offer, message, event: event.text });
      if (offer === "taken") {
        taken = true;
        takeAll(event, handler, group, due);
      }
    }
    if (!taken && letters.length === 0) {
      letters.push({ reason: subscriptions ? "not-matched" : "no-handler", message });
    }
    for (const letter of letters) {
      try {
        this.#deadLetters.report(letter);
      } catch (error) {
        errors.push(error);
      }
    }
  }

  #register(event: string | EventExpression, handler: AnyHandler, options: HandlerOptions): void {
    const { node } = checkEvent(event, options);
    if (typeof handler !== "function") {
      throw new TroupeError(
        "ERR_CONFIG",
        `The handler of ${describeEvent(event)} must be a function, not ${typeof handler}.`,
        {
          details: { event: describeEvent(event) },
        },
      );
    }
    if (node.kind === "each") {
      this.#subscribe(node.type, { handler });
    } else {
      const { distinct = false, pendingLimit = this.#pendingLimit } = options;
      const subscription = { handler, event: new ConditionalEvent(node, { distinct, pendingLimit }) };
      for (const type of subscription.event.types) this.#subscribe(type, subscription);
      if (subscription.event.followsMembership) this.#following.push(subscription);
      this.#events.push(subscription.event);
    }
    this.#definitions.push({ event, handler, options });
  }

  #subscribe(type: string, subscription: Subscription): void {
    const ofType = this.#byType.get(type);
    if (ofType) ofType.push(subscription);
    else this.#byType.set(type, [subscription]);
  }
}

/** What {@link HandlerTable.from} makes a table of, and {@link HandlerTable.include} adds to one. */
export type HandlerSpec<
  T = unknown,
  M extends object = MessageMap,
  P extends Group = Group,
  K extends string = string,
> = HandlerTable<T, M, P> | HandlerRecord<T, M, P, K> | readonly HandlerEntry<T, M, P>[];

/** Takes as often as the event is met: a burst, or a percentage of fewer members, may meet it several times. */
function takeAll(event: ConditionalEvent, handler: AnyHandler, group: Group, due: Delivery[]): void {
  for (let messages = event.take(group); messages; messages = event.take(group)) {
    due.push({ handler, payload: messages });
  }
}

function definitionsOf(spec: object): Definition[] {
  if (Array.isArray(spec)) {
    return (spec as [Definition["event"], AnyHandler, HandlerOptions?][]).map(
      ([event, handler, options = {}]) => ({
        event,
        handler,
        options,
      }),
    );
  }
  const prototype: unknown =
    typeof spec === "object" && spec !== null ? Object.getPrototypeOf(spec) : undefined;
  if (prototype !== Object.prototype && prototype !== null) {
    // An instance has no handlers among its own properties, and would silently be taken for an empty record.
    throw new TroupeError(
      "ERR_CONFIG",
      "Handlers must be a HandlerTable, a plain object or an array; for an instance with @on methods give " +
        "handlersOf(instance). A HandlerTable of another installed copy of @troupe/handlers is not one.",
    );
  }
  return Object.entries(spec as Record<string, AnyHandler>).map(([event, handler]) => ({
    event,
    handler,
    options: {},
  }));
}
