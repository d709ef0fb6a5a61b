import { dataTypeOf } from "../codec/typed-arrays.js";
import { textOf } from "./text-of.js";

const maxLevels = 8;
const maxItems = 1000;

/** How many more items a copy may have; shared by the copies that travel in one error. */
export interface CopyBudget {
  items: number;
}

export function copyBudget(): CopyBudget {
  return { items: maxItems };
}

/**
 * A copy of any value that the codec can carry: an error must get through whatever hangs on it.
 *
 * Functions and symbols become their names, class instances plain objects; cycles, what lies deeper than
 * 8 levels, beyond 1,000 items in all, and what throws when read become notes that say so.
 */
export function lenientCopy(value: unknown, budget: CopyBudget = copyBudget()): unknown {
  return copy(() => value, budget, []);
}

function copy(read: () => unknown, budget: CopyBudget, above: readonly object[]): unknown {
  // Reading runs the code of whoever made the value: getters, proxies.
  try {
    return copyOf(read(), budget, above);
  } catch {
    return "[unreadable]";
  }
}

function copyOf(value: unknown, budget: CopyBudget, above: readonly object[]): unknown {
  if (typeof value === "string") return textOf(() => value);
  if (typeof value === "function") return `[function ${textOf(() => value.name) || "anonymous"}]`;
  if (typeof value === "symbol") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return `${textOf(() => value.name)}: ${textOf(() => value.message)}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid Date]" : value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    if (value.byteLength > maxItems || dataTypeOf(value) === undefined)
      return `[${value.constructor.name} of ${value.byteLength} bytes]`;
    return value;
  }
  if (above.includes(value)) return "[cycle]";
  if (above.length >= maxLevels) return "[deeper]";
  return copyInside(value, budget, [...above, value]);
}

function copyInside(value: object, budget: CopyBudget, above: readonly object[]): unknown {
  const inner = (read: () => unknown) => copy(read, budget, above);
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    const left = spend(value.keys(), value.length, budget, (index) => items.push(inner(() => value[index])));
    return left > 0 ? [...items, `[${left} more]`] : items;
  }
  if (value instanceof Set) {
    const items = new Set<unknown>();
    const left = spend(value, value.size, budget, (item) => items.add(inner(() => item)));
    return left > 0 ? items.add(`[${left} more]`) : items;
  }
  if (value instanceof Map) {
    const entries = new Map<unknown, unknown>();
    const left = spend(value, value.size, budget, ([key, item]) =>
      entries.set(
        inner(() => key),
        inner(() => item),
      ),
    );
    return left > 0 ? entries.set("[more]", left) : entries;
  }
  const entries: [string, unknown][] = [];
  const keys = Object.keys(value);
  const left = spend(keys, keys.length, budget, (key) =>
    entries.push([key, inner(() => (value as Record<string, unknown>)[key])]),
  );
  if (left > 0) entries.push(["[more]", left]);
  return Object.fromEntries(entries);
}

/** Runs `each` for as many items as the budget has left, and gives how many of `size` were left out. */
function spend<T>(items: Iterable<T>, size: number, budget: CopyBudget, each: (item: T) => unknown): number {
  let left = size;
  for (const item of items) {
    if (budget.items <= 0) break;
    budget.items--;
    left--;
    each(item);
  }
  return left;
}
