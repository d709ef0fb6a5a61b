/** System request: a process ended; its {@link Death}. */
export const goneOp = "gone";
/** System request: a process is there, or there again; its peer. */
export const introduceOp = "introduce";
/** System request: what became of an actor that the process watches, `{ id, event, reason? }`. */
export const actorEventOp = "actor-event";
