import { expect } from "vitest";

import { collective, type CollectiveOptions, type CollectiveGroup, collectiveName } from "../src/index.js";

/** The address of a program in `test/programs`. */
export function program(name: string): URL {
  return new URL(`programs/${name}`, import.meta.url);
}

/** All members of a group, in this thread. */
export async function groupOf(
  size: number,
  options: Partial<CollectiveOptions> = {},
): Promise<CollectiveGroup[]> {
  const name = collectiveName("test");
  return Promise.all(
    Array.from({ length: size }, (_, rank) => collective({ name, rank, size, slotBytes: 1024, ...options })),
  );
}

/** An error of that code, whose message matches. */
export function coded(code: string, message = /./): unknown {
  return expect.objectContaining({ code, message: expect.stringMatching(message) });
}
