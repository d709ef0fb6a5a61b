import type { MessageMap, MessageOf } from "@troupe/core";

import type { Group } from "../group.js";
import type { EventExpression } from "./event.js";

/**
 * What may be given as an event: with a declared message map only events of its types, with an open one
 * any string. Amounts and names are checked when the event is registered.
 */
export type EventInput<M extends object = MessageMap> = EventText<M> | EventExpression<keyof M & string>;

/** The strings among {@link EventInput}. */
export type EventText<M extends object = MessageMap> = string extends keyof M
  ? string
  : | (keyof M & string)
    | `${string}:${keyof M & string}:${number}`
    | `${string}:${keyof M & string}:${number}%`
    | `all(${string})`
    | `any(${string})`;

/** The message types that an event waits for. */
export type TypesOf<E> =
  E extends EventExpression<infer K> ? K : E extends string ? TypeOfLeaf<LeavesOf<E>> : never;

/** `unknown` when every type of the event is in the map, `never` when one is not. */
export type KnownEvent<E, M extends object> = [TypesOf<E>] extends [keyof M & string] ? unknown : never;

/** What a handler of the event gets: the message for a bare type, the messages consumed for one with counts. */
export type Delivered<E, M extends object = MessageMap> = E extends string
  ? string extends E
    ? MessageOf<M> | MessageOf<M>[]
    : E extends `${string}${":" | "("}${string}`
      ? MessageOf<M, TypesOf<E>>[]
      : MessageOf<M, E>
  : MessageOf<M, TypesOf<E>>[];

/**
 * A function that handles an event: what it works on, the member through which the message came, and the
 * message or messages. The array belongs to the handler.
 *
 * For an event that is only known as a string at compile time the last parameter is a message or an array;
 * annotate it with the one that it is.
 */
export type Handler<
  E = string,
  T = unknown,
  M extends object = MessageMap,
  P extends Group = Group,
> = string extends E
  ? // Declared as a method, because only methods let the annotation be narrower than the union.
    { handle(local: T, proxy: P, message: Delivered<E, M>): unknown }["handle"]
  : (local: T, proxy: P, message: Delivered<E, M>) => unknown;

type LeavesOf<S extends string> = S extends `${infer A},${infer B}`
  ? LeavesOf<A> | LeavesOf<B>
  : S extends `${string}(${infer B}`
    ? LeavesOf<B>
    : S extends `${infer A})${string}`
      ? LeavesOf<A>
      : Trim<S>;

type TypeOfLeaf<S extends string> = S extends `${string}:${infer K}:${string}` ? K : S;

type Trim<S extends string> = S extends ` ${infer R}` ? Trim<R> : S extends `${infer R} ` ? Trim<R> : S;
