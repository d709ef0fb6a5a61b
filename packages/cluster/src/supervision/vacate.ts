import { type Logger, withDeadline } from "@troupe/core";

import { type Actor, recordOf, recordsOf } from "../brain/actor-tree.js";
import type { ProcessEntry } from "../brain/process-table.js";
import type { ActorRecord } from "../node/brain-port.js";
import type { ActorCare } from "./actor-care.js";

/** Milliseconds for actors to stop before their pool ends. */
const stopGrace = 5_000;

/** The actors of a pool that is removed stop, or give up their place. @returns Those that are to move to other pools. */
export async function vacate(
  care: ActorCare,
  { name, actors }: ProcessEntry,
  log: Logger,
): Promise<readonly Actor[]> {
  const reason = `its pool ${name} was removed`;
  const movable = [...actors].filter(({ revival, state }) => revival && state === "live");
  const staying = recordsOf(actors).filter(({ revives }) => !revives);
  const moved = movable.map((actor) => care.passivate(recordOf(actor), reason));
  await Promise.all([inTime(Promise.all(moved), log), stopActors(care, staying, reason, log)]);
  return movable;
}

/** Waits until they have stopped, but for no longer than a pool that ends does. */
export async function stopActors(
  care: ActorCare,
  actors: readonly ActorRecord[],
  reason: string,
  log: Logger,
): Promise<void> {
  if (actors.length > 0) await inTime(Promise.all(actors.map((actor) => care.stop(actor, reason))), log);
}

async function inTime(stopped: Promise<unknown>, log: Logger): Promise<void> {
  await withDeadline("stopping actors", stopped, { timeout: stopGrace }).catch((error: unknown) => {
    log.warn({ err: error }, "not all actors stopped before their pool");
  });
}
