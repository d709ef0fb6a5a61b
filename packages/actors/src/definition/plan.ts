import { TroupeError } from "@troupe/core";

import { type PersistPlan, persistPlan } from "../state/persist-plan.js";
import type { MethodTable } from "./method-table.js";
import type { BehaviourOptions, Concurrency } from "./options.js";

/** Messages that wait in a mailbox by default. */
const defaultLimit = 10_000;

/** Bounds of one mailbox. */
export interface LanePlan {
  /** Calls that run side by side. */
  readonly width: number;
  /** Messages that wait. */
  readonly limit: number;
  /** Whether one more is refused; otherwise it waits before the mailbox. */
  readonly rejects: boolean;
  /** Whether what is part of a call that runs goes in at once, beside it. */
  readonly reentrant: boolean;
}

/** How an actor handles messages; shared by all actors of a class, but for those made with options of their own. */
export interface ActorPlan {
  readonly methods: MethodTable;
  readonly lane: LanePlan;
  /** Of each tunnel. */
  readonly tunnel: LanePlan;
  /** Mailboxes beside the first, by group. */
  readonly groups: ReadonlyMap<string, LanePlan>;
  readonly isolate: boolean;
  /** Absent for actors whose state is not kept. */
  readonly persist: PersistPlan | undefined;
  /** Milliseconds without a message after which the actor stops until the next. */
  readonly passivateAfter: number | undefined;
}

/** @throws ERR_CONFIG for a method in a group that `concurrency` does not name. */
export function planOf(subject: string, methods: MethodTable, options: BehaviourOptions): ActorPlan {
  const { mailbox = defaultLimit, concurrency = {}, isolate = false, reentrant = false } = options;
  const { limit = defaultLimit, full = "wait" } = typeof mailbox === "number" ? { limit: mailbox } : mailbox;
  const lane = (width: number | "unbounded"): LanePlan => ({
    width: width === "unbounded" ? Infinity : width,
    limit,
    rejects: full === "reject",
    reentrant: reentrant !== false,
  });
  const { default: rest = reentrant === true ? "unbounded" : 1, ...widths } = byGroup(concurrency);
  const groups = new Map(Object.entries(widths).map(([name, width]) => [name, lane(width)]));
  for (const name of [...methods.names, ...Object.keys(options.methods ?? {})]) {
    const group = methods.get(name)?.group ?? options.methods?.[name]?.concurrencyGroup;
    if (group === undefined || group === "default" || groups.has(group)) continue;
    // A group of one method needs no mention: nothing else is there that it would have to wait for.
    if (group === name) groups.set(group, lane("unbounded"));
    else
      throw new TroupeError(
        "ERR_CONFIG",
        `${subject}.${name} is in the group "${group}", which concurrency does not name.`,
      );
  }
  return {
    methods,
    lane: lane(rest),
    // What comes by a tunnel takes no credit: its senders cannot be held back.
    tunnel: { ...lane(1), rejects: true },
    groups,
    isolate,
    persist: persistPlan(options.persist),
    passivateAfter: options.passivateAfter,
  };
}

function byGroup(concurrency: Concurrency): Readonly<Record<string, number | "unbounded">> {
  return typeof concurrency === "object" ? concurrency : { default: concurrency };
}
