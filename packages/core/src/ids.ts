import { randomBytes } from "node:crypto";

/** Random characters of {@link uniqueId}: 12 of 64, that is 72 bits. */
const uniqueBytes = 9;

/** An identifier that no other process makes: 72 random bits, URL-safe. */
export function uniqueId(): string {
  return randomBytes(uniqueBytes).toString("base64url");
}

/**
 * A source of identifiers that are unique when `prefix` is: the prefix, a dot, and a counter in base 36.
 *
 * It costs a string concatenation an id, no randomness and no clock.
 */
export function idSequence(prefix: string): () => string {
  const stem = `${prefix}.`;
  let next = 0;
  return () => stem + (next++).toString(36);
}
