import { TroupeError } from "@troupe/core";

import type { MethodOptions } from "./options.js";

// The decorators' metadata has a well-known symbol that Node does not define yet. Whatever lowers decorators
// uses this same one, as long as it is there before the first decorated class is.
(Symbol as { metadata?: symbol }).metadata ??= Symbol.for("Symbol.metadata");

/** In the registry of symbols, so that classes decorated through another copy of this package count too. */
const key = Symbol.for("troupe.methods");

type Metadata = { [key]?: Record<string, MethodOptions> };

/** A decorator of a method: TC39 stage 3. */
export type MethodDecorator = (
  method: (...args: never) => unknown,
  context: ClassMethodDecoratorContext,
) => void;

/**
 * Has a batch of the method handed over at once, as one list of argument lists, to the method of that name,
 * which gives the list of results.
 */
export function batched(name: string): MethodDecorator {
  return decorate("batched", { batch: name });
}

/** Runs the method beside others: in its own group, or in the one named, whose width is given by `concurrency`. */
export function concurrent(group?: string): MethodDecorator {
  return (_method, context) =>
    note("concurrent", context, { concurrencyGroup: group ?? String(context.name) });
}

/** Has calls of the method made again when its pool died or its mailbox was full; with `key` each has its effect once. */
export function retry(options: Pick<MethodOptions, "retries" | "timeout" | "key">): MethodDecorator {
  return decorate("retry", options);
}

/** Lets calls of the method go before those that wait. */
export function system(_method: (...args: never) => unknown, context: ClassMethodDecoratorContext): void {
  note("system", context, { system: true });
}

/** What decorators say of a class's methods, those of its base classes included. */
export function decoratedMethods(target: object): Readonly<Record<string, MethodOptions>> {
  const metadata = (target as { [Symbol.metadata]?: object | null })[Symbol.metadata];
  return metadata ? inherited(metadata) : {};
}

function inherited(metadata: object): Record<string, MethodOptions> {
  const base = Object.getPrototypeOf(metadata) as object | null;
  const own = Object.hasOwn(metadata, key) ? (metadata as Metadata)[key] : undefined;
  return { ...(base ? inherited(base) : {}), ...own };
}

function decorate(decorator: string, options: MethodOptions): MethodDecorator {
  return (_method, context) => note(decorator, context, options);
}

function note(decorator: string, context: ClassMethodDecoratorContext, options: MethodOptions): void {
  const { kind, name, metadata } = context;
  if (kind !== "method" || context.static || context.private || typeof name !== "string" || !metadata) {
    throw new TroupeError(
      "ERR_CONFIG",
      `@${decorator} stands on a public method of an instance, compiled as stage 3.`,
    );
  }
  const own = Object.hasOwn(metadata, key)
    ? (metadata as Metadata)[key]!
    : ((metadata as Metadata)[key] = {});
  own[name] = { ...own[name], ...options };
}
