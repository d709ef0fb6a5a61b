import type { Logger, Message } from "@troupe/core";

import type { Group } from "../src/index.js";

/** A group as its members see it: component → names. */
export function group(peers: Record<string, readonly string[]>): Group {
  return { component: "learner", peers: new Map(Object.entries(peers)) };
}

/** `name-0` … `name-(count - 1)`. */
export function names(component: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${component}-${index}`);
}

let nextId = 0;

export function message(type: string, source = "actor-0", body: unknown = null): Message {
  const id = nextId++;
  return { id, type, source, destination: "learner-0", session: `s-${id}`, body };
}

/** Keeps what is logged. */
export function recordingLogger(): Logger & { readonly warnings: { fields: object; text: string }[] } {
  const warnings: { fields: object; text: string }[] = [];
  const ignore = () => {};
  return {
    warnings,
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (fields, text) => void warnings.push({ fields, text }),
  };
}

export function idsOf(messages: readonly Message[]): number[] {
  return messages.map(({ id }) => id);
}
