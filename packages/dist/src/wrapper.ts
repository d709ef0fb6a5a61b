import { isAdded, members, standFor } from "./members.js";
import type { AnyComponentOptions } from "./options.js";

/**
 * A stand-in for an instance that also has the members of `Distributed`, and leaves the instance as it is.
 *
 * Attributes are the instance's own, reads and writes alike; methods and accessors run on the instance, so
 * `#private` fields work. A member that the instance has itself is the instance's.
 */
export function wrap<T extends object>(instance: T, options: AnyComponentOptions): T {
  const bound = new WeakMap<object, unknown>();
  const standIn: T = new Proxy(instance, {
    get(target, key) {
      if (isAdded(target, key)) return members[key](standIn);
      const value: unknown = Reflect.get(target, key, target);
      // An attribute that holds a function or a class is that very one.
      if (typeof value !== "function" || key === "constructor" || Object.hasOwn(target, key)) return value;
      let method = bound.get(value);
      if (!method) bound.set(value, (method = value.bind(target)));
      return method;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
    has: (target, key) => key in target || Object.hasOwn(members, key),
  });
  standFor(standIn, instance, options);
  return standIn;
}
