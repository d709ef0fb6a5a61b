import { TroupeError } from "@troupe/core";

import type { HostStoreStats } from "./host-store-stats.js";
import { roomOf } from "./store-memory.js";

/**
 * The error of whoever needs so many bytes that a store does not have.
 *
 * @param hasDisk Whether the store may move objects to disk.
 * @param cause What the disk said.
 */
export function storeFull(
  asked: number,
  stats: HostStoreStats,
  hasDisk: boolean,
  cause?: unknown,
): TroupeError {
  const { capacity, memory, pinned } = stats;
  return new TroupeError(
    "ERR_STORE_FULL",
    `The store has no room for an object of ${asked} bytes: ${memory} of its ${capacity} are taken${whatIsPinned(stats)}${whyNoMore(asked, stats, hasDisk, cause)}. Let go of views and release objects, then try again, or give the store a larger \`capacity\`.`,
    { details: { asked, capacity, pinned }, ...(cause === undefined ? {} : { cause }) },
  );
}

function whatIsPinned({ pinned }: HostStoreStats): string {
  return pinned > 0 ? `, ${pinned} of these by views that somebody holds, or by what is being written` : "";
}

function whyNoMore(
  asked: number,
  { capacity, pinned, memory }: HostStoreStats,
  hasDisk: boolean,
  cause: unknown,
): string {
  if (roomOf(asked) > capacity - pinned) return "";
  if (cause !== undefined) return `, and the disk does not take the others (${(cause as Error).message})`;
  if (memory === pinned) return ", and what is free is in smaller pieces, or taken by others of the machine";
  return hasDisk ? ", and the disk may take no more of the others" : ", and none may go to disk";
}
