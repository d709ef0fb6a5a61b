import { type MessageMap, TroupeError } from "@troupe/core";

import { checkEvent, type HandlerEntry, type HandlerOptions } from "./definition.js";
import type { EventExpression } from "./event/event.js";
import { describeEvent } from "./event/normalize.js";
import type { Delivered } from "./event/types.js";
import type { Group } from "./group.js";

// The decorators' metadata has a well-known symbol that Node does not define yet. Whatever lowers decorators
// uses this same one, as long as it is there before the first decorated class is.
(Symbol as { metadata?: symbol }).metadata ??= Symbol.for("Symbol.metadata");

/** In the registry of symbols, so that classes decorated through another copy of this package count too. */
const key = Symbol.for("troupe.handlers");

/** A method as a handler. `access` reaches the method as the instance has it, private or overridden. */
interface MethodHandler {
  readonly name: string | symbol;
  readonly isPrivate: boolean;
  readonly event: string | EventExpression;
  readonly options: HandlerOptions;
  readonly access: (instance: object) => (proxy: unknown, payload: unknown) => unknown;
}

/** A method that can handle the event `E`: called with the proxy and the message, or messages. */
export type HandlerMethod<This, E> = (
  this: This,
  proxy: never,
  // Bodies of type never: the method says itself what body it expects.
  message: Delivered<E, Record<string, never>>,
) => unknown;

/**
 * Makes a method a handler: it is called with `(proxy, message)`, or `(proxy, messages)` for an event with
 * counts, and `this` is the instance.
 *
 * A TC39 stage-3 decorator. It may stand several times on one method. A subclass inherits the handlers and adds
 * its own; a method that it overrides is called in its overridden form, and when that one is decorated, for the
 * events given there only. Private methods may be handlers, static ones may not.
 *
 * @throws ERR_CONFIG, while the class is being defined, for a malformed event or on anything but an instance method.
 */
export function on<const E extends string | EventExpression>(
  event: E,
  options: HandlerOptions = {},
): <This extends object>(method: HandlerMethod<This, E>, context: ClassMethodDecoratorContext<This>) => void {
  checkEvent(event, options);
  return (_method, context) => {
    const problem = misuse(context);
    if (problem !== undefined) {
      throw new TroupeError("ERR_CONFIG", `@on(${describeEvent(event)}): ${problem}`, {
        details: { event: describeEvent(event) },
      });
    }
    const handler: MethodHandler = {
      name: context.name,
      isPrivate: context.private,
      event,
      options,
      access: context.access.get as unknown as MethodHandler["access"],
    };
    const metadata = context.metadata as { [key]?: MethodHandler[] };
    const own = Object.hasOwn(metadata, key) ? metadata[key]! : (metadata[key] = []);
    // Decorators of one method are applied from the innermost out: put them in the order written.
    const first = own.findIndex(({ name }) => name === handler.name);
    own.splice(first === -1 ? own.length : first, 0, handler);
  };
}

/**
 * The handlers that {@link on} made of a class's methods, as `HandlerTable.from` takes them: those of base
 * classes first, each class's in the order of its methods. Empty for a class without any.
 *
 * @param class_ A class, or an instance of one.
 */
export function handlersOf<T extends object, M extends object = MessageMap, P extends Group = Group>(
  class_: abstract new (...args: never) => T,
): readonly HandlerEntry<T, M, P>[];
export function handlersOf<T extends object, M extends object = MessageMap, P extends Group = Group>(
  instance: T,
): readonly HandlerEntry<T, M, P>[];
export function handlersOf(target: object): readonly HandlerEntry[] {
  const class_: unknown =
    typeof target === "function" ? target : (Object.getPrototypeOf(target) as object)?.constructor;
  const metadata = (class_ as { [Symbol.metadata]?: object | null } | undefined)?.[Symbol.metadata];
  return inherited(metadata ?? null).map(({ event, access, options }) => [
    event,
    (local: unknown, proxy: unknown, payload: unknown) => access(local as object).call(local, proxy, payload),
    options,
  ]);
}

function inherited(metadata: object | null): MethodHandler[] {
  if (metadata === null) return [];
  const base = inherited(Object.getPrototypeOf(metadata) as object | null);
  const own = Object.hasOwn(metadata, key) ? (metadata as { [key]?: MethodHandler[] })[key]! : [];
  const overridden = new Set(own.filter(({ isPrivate }) => !isPrivate).map(({ name }) => name));
  return [...base.filter(({ name, isPrivate }) => isPrivate || !overridden.has(name)), ...own];
}

/** What is wrong with the place of the decorator. Reached only past the type check, by untyped code or old compilers. */
function misuse(context: unknown): string | undefined {
  if (typeof context !== "object" || context === null || !("kind" in context)) {
    return "decorators must be compiled as TC39 stage 3; turn experimentalDecorators off.";
  }
  const { kind, static: isStatic, metadata } = context as Partial<ClassMethodDecoratorContext>;
  if (kind !== "method") return `it stands on a ${String(kind)}; put it on a method.`;
  if (isStatic) return "a static method has no instance to work on; put it on an instance method.";
  if (!metadata)
    return "the compiler gives decorators no metadata; use TypeScript 5.2 or esbuild 0.21, or later.";
  return undefined;
}
