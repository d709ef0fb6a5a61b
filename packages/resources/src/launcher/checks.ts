import { inspect } from "node:util";

import { suggestion } from "@troupe/core";

import { check, configError } from "../need.js";

/** Refuses what is no object, and fields that nothing reads. @throws ERR_CONFIG */
export function checkFields(what: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== "object" || value === null)
    throw configError(what, "what is given", `must be an object; it is ${inspect(value)}`);
  for (const field of Object.keys(value)) {
    if (known.includes(field)) continue;
    const meant = suggestion(field, known);
    const hint = meant === undefined ? `there are ${known.join(", ")}` : `did you mean ${meant}`;
    throw configError(what, field, `means nothing here: ${hint}`);
  }
}

/** A text that the system can pass on. What it says is not repeated: it may be secret. @throws ERR_CONFIG */
export function checkPlain(what: string, field: string, value: unknown): void {
  const isPlain = typeof value === "string" && !value.includes("\0");
  check(what, field, isPlain ? undefined : "must be a text without zero bytes");
}

/** The id of a launch as a launcher makes it. @throws ERR_CONFIG */
export function checkId(id: unknown, form: RegExp): void {
  if (typeof id === "string" && form.test(id)) return;
  throw configError("stop()", "id", `must be one that this launcher gave; it is ${inspect(id)}`);
}

/** What is wrong with what names and ids of a launcher's jobs begin with, in words that follow the field's name. */
export function prefixProblem(prefix: unknown): string | undefined {
  if (typeof prefix === "string" && /^[A-Za-z][\w-]{0,31}$/.test(prefix)) return undefined;
  return `must be a letter and at most 31 more letters, digits, "_" and "-"; it is ${inspect(prefix)}`;
}
