import { textOf } from "../errors/text-of.js";
import { isTroupeError, TroupeError } from "../errors/troupe-error.js";
import { extensionOf } from "./extension.js";
import { maxDepth } from "./format.js";
import { Refused } from "./refused.js";
import { bytesOf, dataTypeOf } from "./typed-arrays.js";

/**
 * The error for a value that could not be encoded, from what the encoder threw: the size limit's error
 * as it is, and that of a reference to an object which is gone, else ERR_NOT_SERIALIZABLE with the reason
 * and the path to it. Called only once encoding has failed, so that the encoder itself keeps no path.
 *
 * @param names What the elements of the value are called in paths, where the value is a message.
 */
export function encodingFailure(root: unknown, thrown: unknown, names: readonly string[] = []): TroupeError {
  if (isTroupeError(thrown, "ERR_MESSAGE_TOO_LARGE") || isTroupeError(thrown, "ERR_OBJECT_LOST"))
    return thrown;
  const found = new Search(names).visit(root);
  const reason = found?.reason ?? fallback(thrown);
  const path = found ? formatPath(found.path, names) : "";
  const cause = found ? found.cause : thrown instanceof Refused ? undefined : thrown;
  return new TroupeError("ERR_NOT_SERIALIZABLE", `Cannot send ${path || "the value itself"}: ${reason}`, {
    details: { path, reason },
    ...(cause === undefined ? {} : { cause }),
  });
}

type Key = string | number;

interface Finding {
  readonly path: readonly Key[];
  readonly reason: string;
  /** What the value itself threw when it was read. */
  readonly cause?: unknown;
}

/** Walks a value in the order of the encoder until it finds what the encoder refused. */
class Search {
  readonly #path: Key[] = [];
  /** The containers above, and how long the path to each was. */
  readonly #above = new Map<object, number>();
  /** Containers found good at a depth: what many references share is walked once, not once a reference. */
  readonly #good = new Map<object, number>();

  /** @param names What the elements of the value are called in paths. */
  constructor(private readonly names: readonly string[]) {}

  visit(value: unknown): Finding | undefined {
    // Getters and proxies run the sender's code, which may throw.
    try {
      const reason = refusal(value) ?? this.#placement(value);
      if (reason !== undefined) return this.#found(reason);
      if (typeof value !== "object" || value === null || isLeaf(value)) return undefined;
      if ((this.#good.get(value) ?? -1) >= this.#path.length) return undefined;
      return this.#inside(value);
    } catch (error) {
      return this.#found(`reading it failed: ${textOf(() => messageOf(error))}`, error);
    }
  }

  #inside(value: object): Finding | undefined {
    this.#above.set(value, this.#path.length);
    for (const [key, read] of children(value)) {
      this.#path.push(key);
      const found = this.#child(read);
      if (found) return found;
      this.#path.pop();
    }
    this.#above.delete(value);
    this.#good.set(value, this.#path.length);
    return undefined;
  }

  #child(read: () => unknown): Finding | undefined {
    let child: unknown;
    try {
      child = read();
    } catch (error) {
      return this.#found(`reading it failed: ${textOf(() => messageOf(error))}`, error);
    }
    return this.visit(child);
  }

  /** Why a value cannot stand where it stands. */
  #placement(value: unknown): string | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    const above = this.#above.get(value);
    if (above !== undefined) {
      const target = above > 0 ? formatPath(this.#path.slice(0, above), this.names) : "the value itself";
      return `it is a cycle: the same object as ${target}. Send a tree, or ids in place of references.`;
    }
    return this.#path.length >= maxDepth ? tooDeep : undefined;
  }

  #found(reason: string, cause?: unknown): Finding {
    return { path: [...this.#path], reason, cause };
  }
}

const tooDeep = `it is nested deeper than ${maxDepth} levels. Flatten it.`;

function fallback(thrown: unknown): string {
  // The walk does not look into errors: one whose own causes pass the limit of depth is all that is left.
  return thrown instanceof Refused ? tooDeep : `encoding it failed: ${textOf(() => messageOf(thrown))}`;
}

function messageOf(error: unknown): unknown {
  return error instanceof Error ? error.message : error;
}

/** Why this very value is refused, whatever is inside it. */
function refusal(value: unknown): string | undefined {
  if (isRegistered(value)) return undefined;
  if (typeof value === "function") {
    return `it is a function (${textOf(() => value.name) || "anonymous"}). Send data, and call the function where it lives.`;
  }
  if (typeof value === "symbol") return `it is a symbol (${String(value)}). Send a string.`;
  if (typeof value !== "object" || value === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype || Array.isArray(value)) return undefined;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    bytesOf(value); // Throws for a detached buffer.
    return dataTypeOf(value) === undefined
      ? `it is a ${value.constructor.name}, which the wire has no data type for. Send another kind of typed array.`
      : undefined;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "it is an invalid Date." : undefined;
  if (value instanceof Map || value instanceof Set || value instanceof Error) return undefined;
  if (value instanceof Promise) return "it is a promise. Await it, and send the result.";
  const name = (value.constructor as { name?: string } | undefined)?.name || "a class";
  return `it is an instance of ${name}, whose methods would be lost. Send a plain object, as { ...value }, or its parts.`;
}

/** What the walk does not look into. */
function isLeaf(value: object): boolean {
  return (
    value instanceof Date ||
    value instanceof Error ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    isRegistered(value)
  );
}

/** Whether it travels by an extension of its own, which speaks for what is in it. */
function isRegistered(value: unknown): boolean {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && extensionOf(value) !== undefined;
}

function* children(value: object): Iterable<readonly [Key, () => unknown]> {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    for (let i = 0; i < items.length; i++) yield [i, () => items[i]];
  } else if (value instanceof Map) {
    let index = 0;
    for (const [key, item] of value as Map<unknown, unknown>) {
      yield [`<key ${index}>`, () => key];
      yield [typeof key === "string" || typeof key === "number" ? key : `<value ${index}>`, () => item];
      index++;
    }
  } else if (value instanceof Set) {
    let index = 0;
    for (const item of value as Set<unknown>) yield [index++, () => item];
  } else {
    for (const key of Object.keys(value)) yield [key, () => (value as Record<string, unknown>)[key]];
  }
}

/** `body.items[3].then`, `["odd key"]` where a key is no identifier. */
function formatPath(path: readonly Key[], names: readonly string[] = []): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return (index === 0 && names[key]) || `[${key}]`;
      if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join("");
}
