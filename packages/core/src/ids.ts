import { randomBytes, randomInt } from "node:crypto";

/** Random characters of {@link uniqueId}: 12 of 64, that is 72 bits. */
const uniqueBytes = 9;

/** An identifier that no other process makes: 72 random bits, URL-safe. */
export function uniqueId(): string {
  return randomBytes(uniqueBytes).toString("base64url");
}

/** First numbers are below this, so that the numbers after them stay small integers for long. */
const firstNumbers = 2 ** 30;

/**
 * A source of numbers for messages: consecutive, from a random start. A process that takes the place of
 * another so does not take its numbers: a late answer to one is not mistaken for an answer to the other.
 */
export function numberSequence(): () => number {
  let next = randomInt(firstNumbers);
  return () => next++;
}
