import { TroupeError } from "@troupe/core";

import type { PersistOptions } from "../definition/options.js";

/** How the state of a class's actors is kept. */
export interface PersistPlan {
  save(instance: object): unknown;
  load(instance: object, state: unknown): unknown;
  /** @throws ERR_CONFIG when it names methods that the instance does not have. */
  check(instance: object): void;
  /** Milliseconds between saves; without it a call is answered when it is saved. */
  readonly every: number | undefined;
}

type Hook = (instance: object, ...state: unknown[]) => unknown;

/** `undefined` where nothing is kept. */
export function persistPlan(persist: boolean | PersistOptions | undefined): PersistPlan | undefined {
  if (!persist) return undefined;
  const { save, load, every } = persist === true ? {} : persist;
  const check = (instance: object) => {
    for (const [option, name] of Object.entries({ save, load }))
      if (typeof name === "string") methodOf(instance, option, name);
  };
  return { save: hook("save", save) ?? ownFields, load: hook("load", load) ?? assignFields, check, every };
}

function hook(option: string, given: PersistOptions["save"] | PersistOptions["load"]): Hook | undefined {
  if (typeof given !== "string") return given as Hook | undefined;
  return (instance, ...state) => methodOf(instance, option, given).apply(instance, state as [object]);
}

function methodOf(instance: object, option: string, name: string): Hook {
  const method = (instance as Record<string, unknown>)[name];
  if (typeof method === "function") return method as Hook;
  throw new TroupeError(
    "ERR_CONFIG",
    `persist.${option} names "${name}", and ${instance.constructor.name} has no method of that name.`,
    { details: { option, method: name } },
  );
}

function ownFields(instance: object): unknown {
  return Object.fromEntries(Object.entries(instance).filter(([, value]) => typeof value !== "function"));
}

function assignFields(instance: object, state: unknown): void {
  Object.assign(instance, state);
}
