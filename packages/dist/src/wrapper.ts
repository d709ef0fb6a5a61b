import { members, standFor } from "./members.js";

/**
 * A stand-in for an instance that also has the members of `Distributed`, and leaves the instance as it is.
 *
 * Attributes are the instance's own, reads and writes alike; methods and accessors run on the instance, so
 * `#private` fields work. A member that the instance has itself is the instance's.
 */
export function wrap<T extends object>(instance: T): T {
  const bound = new WeakMap<object, unknown>();
  const wrapper = new Proxy(instance, {
    get(target, key) {
      if (key in members && !(key in target)) return members[key as keyof typeof members](target);
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function" || key === "constructor" || isFixed(target, key)) return value;
      let method = bound.get(value);
      if (!method) bound.set(value, (method = value.bind(target)));
      return method;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
    has: (target, key) => key in target || key in members,
  });
  standFor(wrapper, instance);
  return wrapper;
}

/** A proxy must give the very value of such a property. */
function isFixed(target: object, key: PropertyKey): boolean {
  const property = Reflect.getOwnPropertyDescriptor(target, key);
  return property !== undefined && !property.configurable && property.writable === false;
}
