import type { ActorRecord } from "@troupe/cluster";
import { TroupeError } from "@troupe/core";

import { isPublic, type Method, selfMethod } from "../definition/method-table.js";
import type { ActorPlan } from "../definition/plan.js";
import { MethodStats } from "../insight/method-stats.js";
import { shared } from "../shared.js";

/** A function among an instance's own properties, which is called as methods are. */
export function ownMethod({ methods }: ActorPlan, instance: object, name: string): Method | undefined {
  if (name === selfMethod || !isPublic(name) || !Object.hasOwn(instance, name)) return undefined;
  if (typeof (instance as Record<string, unknown>)[name] !== "function") return undefined;
  return methods.of(name, function (this: Record<string, Method["run"]>, ...args: unknown[]) {
    return this[name]!(...args);
  });
}

/** Reads a property in the order of the messages. Methods, and what every object has, read as `undefined`. */
export const readProperty: Method = {
  name: "property",
  run(this: unknown, name: unknown) {
    if (typeof name !== "string" || !isPublic(name)) return undefined;
    const value = (this as Record<string, unknown>)[name];
    return typeof value === "function" ? undefined : value;
  },
  group: undefined,
  urgent: false,
  batch: undefined,
  slowCall: undefined,
  // It is no method of a class, and in nobody's list.
  stats: new MethodStats("", "property"),
};

/** Work that runs as a call, and is no method. */
export function workMethod(className: string, name: string, work: () => unknown): Method {
  const stats = shared.methods.of(className, name);
  return { name, run: work, group: undefined, urgent: false, batch: undefined, slowCall: undefined, stats };
}

/** The error of calls to a method that is not there. */
export function unknownMethod(
  { id, path, class: className }: ActorRecord,
  { methods }: ActorPlan,
  name: string,
): TroupeError {
  const { names } = methods;
  const called = name === selfMethod ? "cannot be called itself" : `has no method "${name}"`;
  return new TroupeError(
    "ERR_METHOD_NOT_FOUND",
    `${path} (${className}) ${called}; it has ${names.join(", ") || "none"}.`,
    { details: { actor: id, path, method: name, methods: names } },
  );
}
