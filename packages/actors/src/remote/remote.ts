import { inspect } from "node:util";

import type { ActorRecord } from "@troupe/cluster";
import { TroupeError } from "@troupe/core";

import { selfMethod } from "../definition/method-table.js";
import { type Handle, handleOf } from "./handle.js";
import { callable, makeMember, memberOf, operationOf } from "./member.js";

/** A reference as the runtime sees it. */
interface Reference {
  readonly [handleOf]: Handle;
}

/** Names that are never members: languages and libraries look for them in any object, and would take what they find. */
const reserved: ReadonlySet<string> = new Set(["then", "toJSON", "constructor", "prototype", "valueOf"]);

/**
 * What all references inherit from. The first look for a member ends here, which makes the member and puts it on the
 * reference itself; from then on it is an ordinary property, as quick to reach as any.
 */
export const remotePrototype = prototypeOf(() => undefined);

/** The same for references to functions, which have what members have. */
export const callablePrototype = prototypeOf(operationOf);

/** A reference to an actor. */
export function makeRemote(handle: Handle): object {
  const remote = handle.isCallable ? bareFunction(handle) : {};
  Object.defineProperty(remote, handleOf, { value: handle });
  return Object.setPrototypeOf(remote, handle.isCallable ? callablePrototype : remotePrototype) as object;
}

/**
 * What a reference knows of its actor.
 *
 * @throws ERR_CONFIG for anything but a reference.
 */
export function handleFrom(ref: unknown): Handle {
  const isObject = (typeof ref === "object" && ref !== null) || typeof ref === "function";
  const handle = isObject ? (ref as Partial<Reference>)[handleOf] : undefined;
  if (handle) return handle;
  throw new TroupeError(
    "ERR_CONFIG",
    `A reference to an actor was expected, not ${inspect(ref, { depth: 0 })}.`,
  );
}

/** Who the actor is, and where it lives. Known to the reference: nobody is asked. */
export function actorOf(ref: object): ActorRecord {
  return handleFrom(ref).record;
}

function bareFunction(handle: Handle): object {
  const call = callable(handle, selfMethod);
  // As own properties they would hide the actor's.
  for (const name of ["name", "length"]) Reflect.deleteProperty(call, name);
  return Object.defineProperty(call, memberOf, { value: { handle, name: selfMethod } });
}

function prototypeOf(operation: (name: string) => unknown): object {
  return new Proxy(Object.create(null) as object, {
    get(_target, key, reference: object) {
      const handle = key === handleOf ? undefined : (reference as Partial<Reference>)[handleOf];
      if (typeof key === "symbol") return symbolOf(key, handle);
      if (!handle || reserved.has(key)) return undefined;
      if (key === "toString" || key === "toLocaleString") return () => textOf(handle);
      if (key in Object.prototype) return Object.prototype[key as keyof object];
      const own = operation(key);
      if (own !== undefined) return own;
      const value = makeMember(handle, key);
      Object.defineProperty(reference, key, { value });
      return value;
    },
    set(_target, key) {
      throw new TroupeError(
        "ERR_CONFIG",
        `The properties of an actor cannot be written from outside; give it a method that sets ${String(key)}.`,
      );
    },
    setPrototypeOf: () => false,
  });
}

function symbolOf(key: symbol, handle: Handle | undefined): unknown {
  if (key === Symbol.toStringTag) return "Remote";
  if ((key === inspect.custom || key === Symbol.toPrimitive) && handle) return () => textOf(handle);
  return undefined;
}

function textOf({ record, tunnel }: Handle): string {
  return `Remote<${record.class}>(${record.path}${tunnel === undefined ? "" : `, tunnel "${tunnel}"`})`;
}
