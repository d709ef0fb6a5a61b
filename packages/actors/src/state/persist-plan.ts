import { TroupeError } from "@troupe/core";

import type { PersistOptions } from "../definition/options.js";

/** How the state of a class's actors is kept. */
export interface PersistPlan {
  save(instance: object): unknown;
  load(instance: object, state: unknown): unknown;
  /** Milliseconds between saves; without it a call is answered when it is saved. */
  readonly every: number | undefined;
}

type Hook = (instance: object, ...state: unknown[]) => unknown;

/** `undefined` where nothing is kept. */
export function persistPlan(persist: boolean | PersistOptions | undefined): PersistPlan | undefined {
  if (!persist) return undefined;
  const { save, load, every } = persist === true ? {} : persist;
  return { save: hook("save", save) ?? ownFields, load: hook("load", load) ?? assignFields, every };
}

function hook(option: string, given: PersistOptions["save"] | PersistOptions["load"]): Hook | undefined {
  if (typeof given !== "string") return given as Hook | undefined;
  return (instance, ...state) => {
    const method = (instance as Record<string, unknown>)[given];
    if (typeof method === "function") return (method as Hook).apply(instance, state as [object]);
    throw new TroupeError(
      "ERR_CONFIG",
      `persist.${option} names "${given}", and ${instance.constructor.name} has no method of that name.`,
      { details: { option, method: given } },
    );
  };
}

function ownFields(instance: object): unknown {
  return Object.fromEntries(Object.entries(instance).filter(([, value]) => typeof value !== "function"));
}

function assignFields(instance: object, state: unknown): void {
  Object.assign(instance, state);
}
