import type { LivingActor } from "@troupe/cluster";

import type { Cell } from "../cell/cell.js";

/** A call that an actor has begun and not ended. */
export interface RunningCall {
  readonly method: string;
  /** Milliseconds since it began. */
  readonly since: number;
  /** The process that called. */
  readonly caller: string;
}

/** What an actor has done since it was made last, and is doing. */
export interface ActorStats {
  /** Messages that wait for it. */
  readonly mailbox: number;
  readonly running: readonly RunningCall[];
  /** Messages that it has begun to handle: calls, tells, batches (one each), properties that were read. */
  readonly calls: number;
  /** Those of them that threw. */
  readonly errors: number;
  /**
   * Milliseconds that calls of it have run, their waits included; those that run side by side count each. Of methods
   * that take less than 20 µs it is reckoned from each 61st call.
   */
  readonly busy: number;
  /**
   * Bytes of the packets in which messages for it came from other processes, attachments included. A packet with
   * messages for several actors counts for the one whose message is first in it.
   */
  readonly bytes: number;
}

/**
 * A living actor: who it is, and what it does. The latter is absent when its process did not answer in time, and for one
 * that is not made until it is needed.
 */
export interface ActorInfo extends LivingActor, Partial<ActorStats> {
  /** Whether its process did not answer within a second: it is stuck, or overloaded, or was just lost. */
  readonly unresponsive: boolean;
}

/** By actor, as it travels: id, mailbox, calls, errors, busy, bytes, running. */
export type StatsRow = readonly [
  id: number,
  mailbox: number,
  calls: number,
  errors: number,
  busy: number,
  bytes: number,
  running: readonly RunningCall[],
];

export function statsRow(cell: Cell): StatsRow {
  const now = performance.now();
  const { record, calls, errors, busy, bytes } = cell;
  const running = cell.running.map(({ name, since, from = record.pool }) => ({
    method: name,
    since: Math.max(0, Math.round(now - since)),
    caller: from,
  }));
  return [record.id, cell.waiting, calls, errors, busy, bytes, running];
}

/** @param row Absent when the actor's process did not answer, or has no such actor. */
export function infoOf(record: LivingActor, row: StatsRow | undefined, unresponsive: boolean): ActorInfo {
  if (!row) return { ...record, unresponsive };
  const [, mailbox, calls, errors, busy, bytes, running] = row;
  return { ...record, unresponsive, mailbox, running, calls, errors, busy, bytes };
}
