import type { ActorRecord } from "@troupe/cluster";
import { TroupeError } from "@troupe/core";

import type { MailboxOwner } from "../cell/mailbox.js";
import type { LanePlan } from "../definition/plan.js";
import { TunnelLane } from "./tunnel-lane.js";

/** Tunnels of one actor. */
const maxTunnels = 1_000;

/** The tunnels of an actor, by name, as they were opened. */
export class TunnelLanes {
  readonly #lanes = new Map<string, TunnelLane>();

  constructor(
    private readonly plan: LanePlan,
    private readonly owner: MailboxOwner,
  ) {}

  /**
   * The tunnel of that name; `undefined` for one too many.
   *
   * @param isLive Whether a new one lets messages run at once.
   */
  named(name: string, isLive: boolean): TunnelLane | undefined {
    const known = this.#lanes.get(name);
    if (known || this.#lanes.size >= maxTunnels) return known;
    const lane = new TunnelLane(this.plan, this.owner);
    this.#lanes.set(name, lane);
    if (isLive) lane.mailbox.open();
    return lane;
  }

  [Symbol.iterator](): IterableIterator<[string, TunnelLane]> {
    return this.#lanes.entries();
  }
}

/** The error of one tunnel more. */
export function tooManyTunnels({ id, path }: ActorRecord): TroupeError {
  return new TroupeError(
    "ERR_MAILBOX_FULL",
    `${path} has ${maxTunnels} tunnels already; use one of them again, by its name.`,
    { retryable: false, details: { actor: id, path, limit: maxTunnels } },
  );
}
