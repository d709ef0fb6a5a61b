import { type Document, isMap, isNode, isScalar, type LineCounter } from "yaml";

/** Where something is in a text: lines and columns from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Keys and indexes from the root of a document: `["components", "actor", "cpu"]`. */
export type FieldPath = readonly PropertyKey[];

/**
 * Where a field's value is, or the innermost of those it is in when it is absent.
 *
 * @param key Where this key of the mapping at `path` is, rather than the value.
 */
export function positionOf(document: Document, lines: LineCounter, path: FieldPath, key?: string): Position {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (!isNode(node) || !node.range) continue;
    const pair =
      key !== undefined && isMap(node)
        ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
        : undefined;
    const keyRange = pair && isNode(pair.key) ? pair.key.range : undefined;
    const { line, col } = lines.linePos((keyRange ?? node.range)[0]);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}

/** `hosts[1].cpu`. */
export function fieldName(path: FieldPath): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? String(key) : `${name}.${String(key)}`;
  }, "");
}
