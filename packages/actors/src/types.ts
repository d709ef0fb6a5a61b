import type { ObjectRef } from "@troupe/objects";

import type { CallOptions } from "./remote/call-options.js";
import type { RemoteStream } from "./stream/remote-stream.js";

declare const remoteOf: unique symbol;
declare const delayedOf: unique symbol;

/** A reference to an actor of any class; with a type parameter, what tells the class of a reference. */
export interface AnyRemote<T = unknown> {
  readonly [remoteOf]: T;
}

/**
 * A typed reference to an actor: its public methods as calls, its other public fields as properties to await, and the
 * generators among its methods as streams. Private and protected members are not there.
 *
 * It may be passed in any message and stored; it is not thenable.
 */
export type Remote<T> = (IsAny<T> extends true
  ? UntypedMembers
  : T extends AnyFunction
    ? RemoteMethod<T> & RemoteMembers<Omit<T, keyof CallableObject>>
    : RemoteMembers<T>) & { readonly [remoteOf]: T };

/** Of a class of which nothing is known: `Remote<any>`, which a reference to an actor of any class is assignable to. */
type UntypedMembers = Readonly<Record<string, any>>; // eslint-disable-line @typescript-eslint/no-explicit-any -- what was asked for

type RemoteMembers<T> = {
  readonly [K in keyof T as K extends Hidden | symbol ? never : K]-?: RemoteMember<T[K]>;
};

/** Members that calls do not reach: the runtime calls these itself, or every object has them. */
type Hidden =
  | "onStart"
  | "onStop"
  | "onMessage"
  | "onChildFailed"
  | "constructor"
  | "then"
  | "toJSON"
  | "toString"
  | "toLocaleString"
  | "valueOf"
  | "hasOwnProperty"
  | "isPrototypeOf"
  | "propertyIsEnumerable";

/** What every function has. */
type CallableObject = Function; // eslint-disable-line @typescript-eslint/no-unsafe-function-type -- its keys alone

type RemoteMember<V> = [NonNullable<V>] extends [AnyFunction]
  ? RemoteMethod<NonNullable<V>>
  : RemoteProperty<V>;

/** A property, read when it is awaited; in order with the calls. */
export type RemoteProperty<V> = Pick<Promise<Awaited<V>>, "then" | "catch" | "finally">;

/** A promise of a call's result. That of a stream can be iterated as it is. */
export type RemoteCall<R> = Promise<RemoteResult<R>> & AsyncIterable<ItemOf<Awaited<R>>>;

/** What a method's result is on this side. */
export type RemoteResult<R> = Awaited<R> extends StreamOf<infer I> ? RemoteStream<I> : Awaited<R>;

/**
 * A method: called by itself, and in the other ways of the API page. A method that gives a promise is called by its
 * very own signature, overloads and type parameters included; of one that does not, the last four overloads are kept,
 * and type parameters become `unknown`.
 */
export type RemoteMethod<F extends AnyFunction> = Signature<F> & {
  /**
   * The same as calling it; a reference to an object may stand for any argument, and is its value there. The call is
   * sent when the object is ready or has failed; what the same caller has for that actor after it is sent after it.
   */
  readonly send: Signature<F> & ((...args: ReferencesOr<Parameters<F>>) => RemoteCall<ReturnType<F>>);
  /**
   * One way. Resolves when it is accepted, rejects when it cannot be; a later failure goes to dead letters. One that waits
   * for an object, as `send` does, is accepted when it is sent.
   */
  tell(...args: Parameters<F>): Promise<void>;
  /** As `tell`, so many milliseconds later. */
  tellAfter(milliseconds: number, ...args: Parameters<F>): PendingTell;
  /**
   * Calls it and leaves the result in the object store: gives a reference to it at once, by which the call may be
   * cancelled. A reference to an object may stand for any argument, be its value there already or not.
   */
  remote(...args: ReferencesOr<Parameters<F>>): ObjectRef<Awaited<ReturnType<F>>>;
  /** Arguments for `batch`. */
  delay(...args: Parameters<F>): Delayed<F>;
  /**
   * All of them in one message; their results, in order. When one fails the whole does, its index in
   * `error.details.index`, and those after it are not run.
   *
   * @throws ERR_BATCH_MIXED for anything but what `delay` of the same method of the same actor gave.
   */
  batch(...delayed: readonly Delayed<F>[]): Promise<Awaited<ReturnType<F>>[]>;
  /** The method with a timeout, a signal, retries. */
  with(options: CallOptions): Signature<F>;
};

/** Arguments, or references to them. */
type ReferencesOr<A extends readonly unknown[]> = { [I in keyof A]: A[I] | ObjectRef<A[I]> };

/** Arguments of a call that waits for its batch. */
export interface Delayed<F extends AnyFunction> {
  readonly [delayedOf]: F;
}

/** A message that is to be sent later. */
export interface PendingTell extends Disposable {
  /** Says whether that was in time. */
  cancel(): boolean;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the parameters of functions are contravariant
type AnyFunction = (...args: any[]) => any;

/** What travels item by item. */
type StreamOf<I> = AsyncIterable<I> | Iterator<I, unknown, never>;

/** `unknown` for what is no stream: iterating it fails, and its items have no type. */
type ItemOf<R> = R extends AsyncIterable<infer I> ? I : R extends Iterable<infer I> ? I : never;

type Signature<F extends AnyFunction> = IsOwnPromise<ReturnType<F>> extends true ? F : Overloads<F>;

/** Whether the method's own signature says all: it gives a promise, and that of no stream. */
type IsOwnPromise<R> =
  IsAny<R> extends true
    ? false
    : [R] extends [Promise<infer V>]
      ? V extends StreamOf<unknown>
        ? false
        : true
      : false;

type IsAny<T> = 0 extends 1 & T ? true : false;

/** The last four overloads. */
type Overloads<F extends AnyFunction> = F extends {
  (...args: infer A1): infer R1;
  (...args: infer A2): infer R2;
  (...args: infer A3): infer R3;
  (...args: infer A4): infer R4;
}
  ? Overload<A1, R1> & Overload<A2, R2> & Overload<A3, R3> & ((...args: A4) => RemoteCall<R4>)
  : F extends {
        (...args: infer A1): infer R1;
        (...args: infer A2): infer R2;
        (...args: infer A3): infer R3;
      }
    ? Overload<A1, R1> & Overload<A2, R2> & ((...args: A3) => RemoteCall<R3>)
    : F extends { (...args: infer A1): infer R1; (...args: infer A2): infer R2 }
      ? Overload<A1, R1> & ((...args: A2) => RemoteCall<R2>)
      : (...args: Parameters<F>) => RemoteCall<ReturnType<F>>;

/** Nothing for what was inferred where the method has no overload any more. */
type Overload<A extends unknown[], R> = [unknown[], unknown] extends [A, R]
  ? unknown
  : (...args: A) => RemoteCall<R>;
