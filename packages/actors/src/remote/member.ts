import { Kind, maxDelay, TroupeError } from "@troupe/core";
import type { ObjectRef } from "@troupe/objects";

import type { MethodOptions } from "../definition/options.js";
import { type CallOptions, defaultsOf } from "./call-options.js";
import { type Caller, homelessError } from "./caller.js";
import type { Handle } from "./handle.js";
import { callStored } from "./stored-call.js";

/** On each member of a reference: which one it is. */
export const memberOf = Symbol.for("troupe.member");

/** A member of a reference: a method to call, or a property to await. Which one it is the actor knows. */
export interface Member {
  (...args: unknown[]): Promise<unknown>;
  readonly [memberOf]: Address;
}

interface Address {
  readonly handle: Handle;
  readonly name: string;
}

/** Arguments for a batch. */
export class Delayed {
  constructor(
    readonly handle: Handle,
    readonly name: string,
    readonly args: readonly unknown[],
  ) {}
}

/** A tell that was not sent yet. */
export class DelayedTell implements Disposable {
  #timer: NodeJS.Timeout | undefined;

  /** @throws ERR_CONFIG for a delay that is none. */
  constructor(delay: number, send: () => void) {
    if (!(delay >= 0 && delay <= maxDelay)) {
      throw new TroupeError(
        "ERR_CONFIG",
        `tellAfter() takes milliseconds from 0 to ${maxDelay}, not ${delay}.`,
      );
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      send();
    }, delay);
  }

  /** Says whether that was in time. */
  cancel(): boolean {
    const wasWaiting = this.#timer !== undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return wasWaiting;
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}

/** What members can do besides being called: one object behind all of them. */
const operations = {
  send(this: Member, ...args: unknown[]): Promise<unknown> {
    return this(...args);
  },

  tell(this: Member, ...args: unknown[]): Promise<void> {
    const { handle, name } = this[memberOf];
    return callerOf(handle).tell(handle, name, args);
  },

  tellAfter(this: Member, delay: number, ...args: unknown[]): DelayedTell {
    const { handle, name } = this[memberOf];
    return new DelayedTell(delay, () => void callerOf(handle).tell(handle, name, args));
  },

  remote(this: Member, ...args: unknown[]): ObjectRef {
    const { handle, name } = this[memberOf];
    const { [name]: method = {} } = handle.methods ?? {};
    return callStored(callerOf(handle), { handle, kind: Kind.call, name, args }, defaultsOf(method));
  },

  delay(this: Member, ...args: unknown[]): Delayed {
    const { handle, name } = this[memberOf];
    return new Delayed(handle, name, args);
  },

  batch(this: Member, ...delayed: Delayed[]): Promise<unknown> {
    const { handle, name } = this[memberOf];
    const argsList = new Array<readonly unknown[]>(delayed.length);
    for (let index = 0; index < delayed.length; index++) {
      const item = delayed[index]!;
      if (!(item instanceof Delayed) || item.handle !== handle || item.name !== name)
        return Promise.reject(mixedError(handle, name, item, index));
      argsList[index] = item.args;
    }
    return callerOf(handle).ask(handle, Kind.batch, name, argsList);
  },

  with(this: Member, options: CallOptions): (...args: unknown[]) => Promise<unknown> {
    const { handle, name } = this[memberOf];
    const { [name]: method = {} } = handle.methods ?? {};
    return (...args) =>
      callerOf(handle).askWith(
        { handle, kind: Kind.call, name, args },
        { ...defaultsOf(method), ...options },
      );
  },

  // Awaited as it is, a member is read as a property.

  then(this: Member, fulfilled?: (value: unknown) => unknown, rejected?: (error: unknown) => unknown) {
    return read(this).then(fulfilled, rejected);
  },

  catch(this: Member, rejected?: (error: unknown) => unknown) {
    return read(this).catch(rejected);
  },

  finally(this: Member, settled?: () => void) {
    return read(this).finally(settled);
  },
};

const memberPrototype: object = Object.setPrototypeOf(operations, Function.prototype) as object;

/** What every member has, for references that are called themselves. */
export function operationOf(name: string): unknown {
  return Object.hasOwn(operations, name) ? operations[name as keyof typeof operations] : undefined;
}

/** The member of that name. */
export function makeMember(handle: Handle, name: string): Member {
  const member = callable(handle, name);
  Object.setPrototypeOf(member, memberPrototype);
  Object.defineProperty(member, memberOf, { value: { handle, name } satisfies Address });
  return member as unknown as Member;
}

/** A function that calls the method, in the plainest way that its options allow. */
export function callable(handle: Handle, name: string): (...args: unknown[]) => Promise<unknown> {
  const { runtime } = handle;
  if (!runtime) return async () => callerOf(handle);
  const { caller } = runtime;
  const options = handle.methods?.[name];
  if (options && isBounded(options))
    return (...args) => caller.askWith({ handle, kind: Kind.call, name, args }, defaultsOf(options));
  return (...args) => caller.ask(handle, Kind.call, name, args);
}

function read(member: Member): Promise<unknown> {
  const { handle, name } = member[memberOf];
  return callerOf(handle).ask(handle, Kind.property, name, []);
}

/** @throws ERR_CLOSED */
function callerOf({ runtime, record }: Handle): Caller {
  if (runtime) return runtime.caller;
  throw homelessError(record.path);
}

function isBounded({ timeout, retries = 0 }: MethodOptions): boolean {
  return timeout !== undefined || retries > 0;
}

function mixedError(handle: Handle, name: string, item: unknown, index: number): TroupeError {
  const { path } = handle.record;
  const is =
    item instanceof Delayed ? `a call of ${item.handle.record.path}.${item.name}` : "no delayed call";
  return new TroupeError(
    "ERR_BATCH_MIXED",
    `A batch of ${path}.${name} holds what ${path}.${name}.delay() gave, and nothing else; item ${index} is ${is}.`,
    { details: { index, path, method: name } },
  );
}
