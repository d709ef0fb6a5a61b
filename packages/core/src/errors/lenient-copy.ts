const maxLevels = 8;
const maxItems = 1000;

/**
 * A copy of any value that the codec can carry: an error must get through whatever hangs on it.
 *
 * Functions and symbols become their names, class instances plain objects, cycles and what lies deeper
 * than 8 levels or beyond 1,000 items a note that says so.
 */
export function lenientCopy(value: unknown, ancestors: readonly object[] = []): unknown {
  if (typeof value === "function") return `[function ${value.name || "anonymous"}]`;
  if (typeof value === "symbol") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid Date]" : value;
  if (ArrayBuffer.isView(value) && value.byteLength <= maxItems)
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name} of ${value.byteLength} bytes]`;
  if (ancestors.includes(value)) return "[cycle]";
  if (ancestors.length >= maxLevels) return "[deeper]";
  const inside = [...ancestors, value];
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => lenientCopy(item, inside));
  if (value instanceof Set)
    return new Set([...value].slice(0, maxItems).map((item) => lenientCopy(item, inside)));
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const copies = entries
    .slice(0, maxItems)
    .map(([key, item]) => [lenientCopy(key, inside), lenientCopy(item, inside)] as const);
  return value instanceof Map ? new Map(copies) : Object.fromEntries(copies);
}
