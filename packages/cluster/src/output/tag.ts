/**
 * How a pool says whose output follows: a tag before the text, whenever that changes. Text of no actor has an
 * empty path. Output that passes the pool's own streams, such as that of native code, has no tags.
 */
export const tagStart = "\u0001";
export const tagEnd = "\u0002";

export function tag(path: string): string {
  return tagStart + path + tagEnd;
}
