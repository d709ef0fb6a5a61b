import type { Member } from "@troupe/registry";

import type { Death } from "./brain-port.js";
import type { Node } from "./node.js";

/** System request: a process ended; its {@link Death}. */
export const goneOp = "gone";
/** System request: a process is there, or there again; its peer. */
export const introduceOp = "introduce";
/** System request: the cluster is being closed, and actors are about to be stopped. */
export const closingOp = "closing";
/** System request: what became of an actor that the process watches, `{ id, event, reason? }`. */
export const actorEventOp = "actor-event";

/** Lets a process hear from the head who comes and goes, and that all is over. */
export function hearNews(node: Node): void {
  node.serve(goneOp, (death) => node.gone(death as Death));
  node.serve(introduceOp, (peer) => node.introduce(peer as Member));
  node.serve(closingOp, () => node.startClosing());
}
