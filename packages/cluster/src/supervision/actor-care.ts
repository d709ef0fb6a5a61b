import type { TroupeError } from "@troupe/core";

import type { ActorRecord, Grant } from "../node/brain-port.js";

/** What a parent wants done about a child that failed; `undefined` leaves it to its supervision. */
export type Verdict = "stop" | "escalate" | undefined;

/** What the layer above does to actors: it knows what a recipe is, and what an instance. */
export interface ActorCare {
  /**
   * Makes an actor by its recipe, at the place that its record names.
   *
   * @throws What its constructor threw, or why its process could not be asked.
   */
  make(
    actor: ActorRecord,
    recipe: unknown,
    parent: ActorRecord | undefined,
    grant: Grant | undefined,
  ): Promise<void>;
  /** Lets an actor finish what is in its mailbox, stops its children, and ends it. Never rejects. */
  stop(actor: ActorRecord, reason: string): Promise<void>;
  /** As {@link stop}, for an actor that is made again elsewhere. Never rejects. */
  passivate(actor: ActorRecord, reason: string): Promise<void>;
  /** Does away with an instance at once, and reports nothing. Never rejects. */
  drop(actor: ActorRecord, reason: string): Promise<void>;
  /** Tells a parent that its child failed. */
  childFailed(parent: ActorRecord, child: ActorRecord, error: TroupeError): Promise<Verdict>;
}

/** For a cluster without actors: there is nothing to be done. */
export const noCare: ActorCare = {
  make: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  passivate: () => Promise.resolve(),
  drop: () => Promise.resolve(),
  childFailed: () => Promise.resolve(undefined),
};
