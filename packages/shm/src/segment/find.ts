import { lstatSync } from "node:fs";

import { isProcessAlive } from "@troupe/core";

import { ownerOf, pathOf, thisHost } from "./segment-name.js";
import { sharedMemoryFiles } from "./sweep.js";

/**
 * The names of the segments of this label that processes of this user made which still run: how those meet who have
 * agreed on a word and nothing else. In no order; one may be gone, or not be written to yet, when it is opened.
 */
export function findSegments(label: string): string[] {
  const start = `/troupe.${label}.`;
  return sharedMemoryFiles()
    .map((file) => `/${file}`)
    .filter((name) => {
      if (!name.startsWith(start)) return false;
      const owner = ownerOf(name);
      return owner?.host === thisHost() && isProcessAlive(owner) && isOwn(name);
    });
}

function isOwn(name: string): boolean {
  try {
    return lstatSync(pathOf(name)).uid === process.getuid?.();
  } catch {
    return false;
  }
}
