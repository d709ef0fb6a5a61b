import type { ActorPlan, LanePlan } from "../definition/plan.js";
import { TunnelLanes } from "../tunnel/tunnel-lanes.js";
import { Mailbox, type MailboxOwner } from "./mailbox.js";

/** The mailboxes of an actor beside its first: one a group, made when that gets its first message, and its tunnels. */
export class SideLanes {
  readonly tunnels: TunnelLanes;
  readonly #groups = new Map<string, Mailbox>();

  constructor(
    { tunnel }: ActorPlan,
    private readonly owner: MailboxOwner,
  ) {
    this.tunnels = new TunnelLanes(tunnel, owner);
  }

  /** @param isLive Whether a new one lets messages run at once. */
  group(name: string, plan: LanePlan, isLive: boolean): Mailbox {
    let mailbox = this.#groups.get(name);
    if (mailbox) return mailbox;
    this.#groups.set(name, (mailbox = new Mailbox(plan, this.owner)));
    if (isLive) mailbox.open();
    return mailbox;
  }

  *[Symbol.iterator](): Iterator<Mailbox> {
    yield* this.#groups.values();
    for (const [, { mailbox }] of this.tunnels) yield mailbox;
  }
}
