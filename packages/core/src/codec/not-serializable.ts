import { TroupeError } from "../errors/troupe-error.js";
import { maxDepth } from "./format.js";

/**
 * Finds why a value cannot be encoded and where. Called only once encoding has failed, so that the
 * encoder itself keeps no path.
 */
export function notSerializable(root: unknown): TroupeError {
  const found = search(root, [], new Map());
  const where = found && found.path.length > 0 ? formatPath(found.path) : "the value itself";
  const reason = found?.reason ?? "it cannot be encoded";
  return new TroupeError("ERR_NOT_SERIALIZABLE", `Cannot send ${where}: ${reason}`, {
    details: { path: found ? formatPath(found.path) : "", reason },
  });
}

type Path = readonly (string | number)[];
interface Finding {
  readonly path: Path;
  readonly reason: string;
}

function search(value: unknown, path: Path, ancestors: Map<object, Path>): Finding | undefined {
  const reason = refusal(value);
  if (reason !== undefined) return { path, reason };
  if (typeof value !== "object" || value === null || isLeaf(value)) return undefined;
  const above = ancestors.get(value);
  if (above) {
    const target = above.length > 0 ? formatPath(above) : "the value itself";
    return {
      path,
      reason: `it is a cycle: the same object as ${target}. Send a tree, or ids in place of references.`,
    };
  }
  if (path.length > maxDepth)
    return { path, reason: `it is nested deeper than ${maxDepth} levels. Flatten it.` };
  ancestors.set(value, path);
  for (const [key, child] of children(value)) {
    const found = search(child, [...path, key], ancestors);
    if (found) return found;
  }
  ancestors.delete(value);
  return undefined;
}

/** Why this very value is refused, whatever is inside it. */
function refusal(value: unknown): string | undefined {
  switch (typeof value) {
    case "function":
      return `it is a function (${value.name || "anonymous"}). Send data, and call the function where it lives.`;
    case "symbol":
      return `it is a symbol (${String(value)}). Send a string.`;
    case "object":
      break;
    default:
      return undefined;
  }
  if (
    value === null ||
    Array.isArray(value) ||
    isLeaf(value) ||
    value instanceof Map ||
    value instanceof Set
  ) {
    return value instanceof Date && Number.isNaN(value.getTime()) ? "it is an invalid Date." : undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return undefined;
  const name = (value.constructor as { name?: string } | undefined)?.name || "a class";
  return `it is an instance of ${name}, whose methods would be lost. Send a plain object, as { ...value }, or its parts.`;
}

function isLeaf(value: object): boolean {
  return (
    value instanceof Date ||
    value instanceof Error ||
    value instanceof ArrayBuffer ||
    (ArrayBuffer.isView(value) && !(value.buffer instanceof SharedArrayBuffer && value instanceof DataView))
  );
}

function* children(value: object): Iterable<readonly [string | number, unknown]> {
  if (Array.isArray(value)) {
    yield* value.entries();
  } else if (value instanceof Map) {
    let index = 0;
    for (const [key, item] of value) {
      yield [`<key ${index}>`, key];
      yield [typeof key === "string" || typeof key === "number" ? key : `<value ${index}>`, item];
      index++;
    }
  } else if (value instanceof Set) {
    yield* [...value].entries();
  } else {
    yield* Object.entries(value);
  }
}

/** `body.items[3].then`, `["odd key"]` where a key is no identifier. */
function formatPath(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join("");
}
