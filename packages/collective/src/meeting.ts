import { setTimeout as pause } from "node:timers/promises";

import {
  cancelledError,
  endedError,
  endingHere,
  timeoutError,
  TroupeError,
  type WaitOptions,
} from "@troupe/core";
import { findSegments, threadMark } from "@troupe/shm";

import { labelOf } from "./collective-name.js";
import { livesOnce } from "./members.js";
import { Memory } from "./memory.js";
import type { Joining } from "./options.js";

/** Milliseconds between two looks, growing with the time. */
const shortestPause = 1;
const longestPause = 10;

/**
 * Makes the memory of a group, of which there is to be one of that name: for member 0.
 *
 * Of two who do so at once each shows its own, then looks for others. Who sees one that is open loses; who sees one
 * that is not, and has the lesser name, loses too, and the other waits for that. So no two are ever open.
 *
 * @throws ERR_NAME_TAKEN when there is a member 0 that lives, ERR_STORE_FULL
 */
export async function found({ name, size, slotBytes }: Joining, options: WaitOptions): Promise<Memory> {
  const label = labelOf(name);
  const own = Memory.create(label, size, slotBytes);
  try {
    take(own, 0);
    await until(`the other member 0 of the group ${name}`, options, () => {
      const others = candidates(label, own.name);
      for (const other of others) other.close();
      if (others.some((other) => other.isOpen || other.name < own.name)) throw taken(name, 0);
      return others.length === 0 ? true : undefined;
    });
    own.open();
    return own;
  } catch (error) {
    own.unlink();
    own.close();
    throw error;
  }
}

/**
 * Finds the memory of a group, and takes a seat in it: for all members but 0.
 *
 * @throws ERR_NAME_TAKEN when another that lives has the rank, ERR_CONFIG when the group is of another size,
 * ERR_TIMEOUT, ERR_CANCELLED
 */
export async function join({ name, rank, size }: Joining, options: WaitOptions): Promise<Memory> {
  const label = labelOf(name);
  return until(`member 0 of the group ${name}`, options, () => {
    const found = candidates(label);
    const memory = found.find(({ isOpen }) => isOpen);
    for (const other of found) if (other !== memory) other.close();
    if (memory === undefined) return undefined;
    if (memory.size !== size) {
      memory.close();
      throw new TroupeError(
        "ERR_CONFIG",
        `The group ${name} has ${memory.size} members, not ${size}: give all the same size, or another name.`,
        { details: { name, size: memory.size } },
      );
    }
    if (take(memory, rank)) return memory;
    memory.close();
    throw taken(name, rank);
  });
}

/** Groups of that label which go on, or may begin: nobody has left them or died. */
function candidates(label: string, except?: string): Memory[] {
  return findSegments(label).flatMap((name) => {
    const memory = name === except ? undefined : Memory.open(name);
    if (memory === undefined) return [];
    if (goesOn(memory)) return [memory];
    memory.close();
    return [];
  });
}

function goesOn({ members }: Memory): boolean {
  const lives = livesOnce();
  return members.every(({ seat, state }) => {
    const mark = Atomics.load(seat, 0);
    return Atomics.load(state, 0) === 0 && (mark === 0 || lives(mark));
  });
}

/** Whether this thread has got a seat. */
function take({ members }: Memory, rank: number): boolean {
  return Atomics.compareExchange(members[rank]!.seat, 0, 0, threadMark()) === 0;
}

function taken(name: string, rank: number): TroupeError {
  return new TroupeError(
    "ERR_NAME_TAKEN",
    `The group ${name} has a member ${rank} already: give each member a rank of its own, or another group another name (collectiveName() gives one).`,
    { details: { name, rank } },
  );
}

async function until<T>(
  what: string,
  { signal, timeout = Infinity }: WaitOptions,
  attempt: () => T | undefined,
): Promise<T> {
  const start = performance.now();
  const ending = endingHere();
  for (let length = shortestPause; ; length = Math.min(longestPause, 2 * length)) {
    const found = attempt();
    if (found !== undefined) return found;
    if (signal?.aborted) throw cancelledError(`Waiting for ${what}`, signal);
    const end = ending();
    if (end) throw endedError(`Waiting for ${what}`, end);
    const left = start + timeout - performance.now();
    if (left <= 0) throw timeoutError(`Waiting for ${what}`, timeout);
    await pause(Math.min(length, left));
  }
}
