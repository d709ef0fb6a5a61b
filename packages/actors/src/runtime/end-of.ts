import type { ActorRecord, Node } from "@troupe/cluster";
import { isTroupeError, TroupeError } from "@troupe/core";

/**
 * Why an actor takes no messages: it ended, in the brain's words, or is about to. Names the actor that has its name
 * now.
 */
export async function endOf(
  { brain }: Node,
  record: Pick<ActorRecord, "id"> & Partial<ActorRecord>,
): Promise<TroupeError> {
  const { id, path = `the actor ${id}` } = record;
  try {
    const found = await brain.locate(id);
    if (!found) {
      const text = `${path} is not known here: it never was, or it ended long ago.`;
      return new TroupeError("ERR_ACTOR_NOT_FOUND", text, { details: { actor: id } });
    }
    if (!("ended" in found) && found.revives) return movedError(found);
    if (!("ended" in found))
      return actorDied(record, `${path} is being stopped, and takes no more messages.`);
    const { ended, successor, cause } = found;
    const known = { ...record, path: found.path };
    if (!successor) return actorDied(known, `${found.path} ${ended}.`, undefined, false, cause);
    const { name, incarnation } = successor;
    const hint = `Incarnation ${incarnation} of "${name}" lives as ${successor.path}: find("${name}") gives it.`;
    return actorDied(known, `${found.path} ${ended}. ${hint}`, successor, false, cause);
  } catch (error) {
    return new TroupeError(
      "ERR_ACTOR_DIED",
      `${path} does not live here, and the brain cannot be asked why.`,
      {
        details: { actor: id },
        cause: error,
      },
    );
  }
}

/** The error of calls to an actor that ended. Another try helps nobody, unless it is made again. */
export function actorDied(
  { id, path, incarnation }: Pick<ActorRecord, "id"> & Partial<ActorRecord>,
  message: string,
  successor?: ActorRecord,
  retryable = false,
  cause?: Error,
): TroupeError {
  return new TroupeError("ERR_ACTOR_DIED", message, {
    retryable,
    ...(cause ? { cause } : {}),
    details: { actor: id, path, incarnation, ...(successor ? { successor: { ...successor } } : {}) },
  });
}

/** The error of a message that came to where its actor is not any more, and did not run: it is to be sent again. */
export function movedError({ id, path }: ActorRecord): TroupeError {
  return new TroupeError("ERR_ACTOR_DIED", `${path} does not live here any more.`, {
    details: { actor: id, path, moved: true },
  });
}

/** Whether it is that error. */
export function isMoved(error: unknown, { id }: Pick<ActorRecord, "id">): boolean {
  return isTroupeError(error) && error.details["moved"] === true && error.details["actor"] === id;
}
