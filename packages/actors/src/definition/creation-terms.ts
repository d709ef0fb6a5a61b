import type { Placement, PlaceRequest, Revival } from "@troupe/cluster";

import type { KeptAs } from "../state/kept-as.js";
import { type ActorOptions, restartLimits } from "./options.js";

/** What the options of an actor say of how it is made; worked out once for all actors of a class that have none of their own. */
export interface CreationTerms {
  /** What the brain is asked for, whoever asks. */
  readonly asked: Omit<PlaceRequest, "class" | "creator" | "parent" | "revival">;
  /** How it is made again, but for what it is made of; absent for one that is not. */
  readonly revival: Omit<Revival, "recipe"> | undefined;
  /** The name, with its namespace, under which its state is kept. */
  readonly keptAs: KeptAs | undefined;
  /** Whether it begins without what is kept under its name. */
  readonly fresh: boolean;
}

/** @param options Checked ones. */
export function creationTerms(options: ActorOptions): CreationTerms {
  const { name, namespace, pool, getIfExists, detached, lazy, supervision, placement, fresh } = options;
  return {
    asked: given({
      name,
      namespace,
      pool,
      getIfExists,
      detached,
      supervision,
      lazy,
      needs: needsOf(options),
      placement: placement === undefined ? undefined : placementOf(placement),
    }),
    revival: revivalOf(options),
    keptAs: name === undefined ? undefined : { name, ...given({ namespace }) },
    fresh: fresh ?? false,
  };
}

/** The fields that are there. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const there = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** How an actor with these options is made again; `undefined` for one that is not. */
function revivalOf({ restarts, lazy = false, passivateAfter }: ActorOptions): CreationTerms["revival"] {
  const limits = restartLimits(restarts);
  if (!limits && !lazy && passivateAfter === undefined) return undefined;
  return { ...(limits ? { restarts: limits } : {}), ...(lazy || !limits ? { onDemand: true } : {}) };
}

/** What is to be free for it; `undefined` when it takes nothing. */
function needsOf({ cpu, gpu, memory, resources }: ActorOptions): PlaceRequest["needs"] {
  const needs = given({ cpu, gpu, memory, resources });
  return Object.keys(needs).length > 0 ? needs : undefined;
}

/** As plain data, which reaches the brain from everywhere; a policy of one's own as it is, which works where that is. */
function placementOf(placement: NonNullable<ActorOptions["placement"]>): Placement {
  if (typeof placement === "string") return { policy: placement };
  return "choose" in placement ? (placement.description ?? placement) : placement;
}
