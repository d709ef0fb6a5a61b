import { inspect } from "node:util";

import { defaultLogger, TroupeError } from "@troupe/core";
import { actorOptionNames, type ActorOptions } from "@troupe/actors";

import { isInPool } from "./cluster/in-pool.js";
import { type AnyComponentOptions, checkComponentOptions, componentOptionNames } from "./options.js";

/** Options that are understood, and not heeded yet. */
const unheeded = ["cpu", "gpu", "memory", "resources", "placement", "reentrant"] as const;

/**
 * What an actor asks for beside {@link ActorOptions}. Understood already, so that programs can say it, and not
 * heeded yet: a warning says so, once an option.
 */
export interface UnheededOptions {
  readonly cpu?: number | undefined;
  readonly gpu?: number | undefined;
  readonly memory?: number | undefined;
  readonly resources?: Readonly<Record<string, number>> | undefined;
  readonly placement?: unknown;
  readonly reentrant?: boolean | "chain" | undefined;
}

/** Options of one actor, in place of what its class says. */
export type PlacedOptions = ActorOptions & UnheededOptions;

/** Options of `dist()`, apart by what they are for. */
export interface DistOptions {
  /** Absent for a class that joins no group. */
  readonly component: AnyComponentOptions | undefined;
  readonly actor: ActorOptions;
  /** Where pools find it, when that is not the module that calls `dist()`. */
  readonly module: string | undefined;
}

const warned = new Set<string>();

/** @throws ERR_CONFIG naming an option that is unknown or wrong. */
export function checkDistOptions(options: unknown): DistOptions {
  if (typeof options !== "object" || options === null) {
    throw new TroupeError("ERR_CONFIG", `The options of dist() are an object; it got ${String(options)}.`);
  }
  const component: Record<string, unknown> = {};
  const actor: Record<string, unknown> = {};
  const unknown: string[] = [];
  const hasGroup = "group" in options;
  for (const [name, value] of Object.entries(options)) {
    const isOfActor = actorOptionNames.includes(name);
    const isOfComponent = componentOptionNames.includes(name);
    if (isOfActor) actor[name] = value;
    if (isOfComponent) component[name] = value;
    if (isUnheeded(name)) warnUnheeded(name);
    else if (!isOfActor && !isOfComponent && name !== "module") unknown.push(name);
  }
  if (unknown.length > 0) throw unknownOptions(unknown);
  const { module } = options as { module?: unknown };
  if (module !== undefined && typeof module !== "string")
    throw new TroupeError("ERR_CONFIG", `module is a URL or the name of a package, not ${inspect(module)}.`);
  const onlyOfGroup = Object.keys(component).filter((name) => !(name in actor));
  if (!hasGroup && onlyOfGroup.length > 0) {
    throw new TroupeError(
      "ERR_CONFIG",
      `dist() needs the name of a group to join, as { group: "…" }, for ${onlyOfGroup.join(", ")}.`,
    );
  }
  return { component: hasGroup ? checkComponentOptions(component) : undefined, actor, module };
}

/** The options of one actor without those that are not heeded, which are warned of. */
export function heededOptions(options: PlacedOptions): ActorOptions {
  if (typeof options !== "object" || !Object.keys(options).some(isUnheeded)) return options;
  const heeded = Object.entries(options).filter(([name]) => !isUnheeded(name));
  for (const name of Object.keys(options).filter(isUnheeded)) warnUnheeded(name);
  return Object.fromEntries(heeded);
}

function isUnheeded(name: string): boolean {
  return (unheeded as readonly string[]).includes(name);
}

function unknownOptions(unknown: readonly string[]): TroupeError {
  const all = new Set([...componentOptionNames, ...actorOptionNames, ...unheeded, "module"]);
  const named = unknown.map((name) => `"${name}"`).join(", ");
  return new TroupeError(
    "ERR_CONFIG",
    `dist() has no option ${named}; its options are ${[...all].join(", ")}.`,
    {
      details: { unknown },
    },
  );
}

function warnUnheeded(option: string): void {
  // Pools import what the program has said already.
  if (warned.has(option) || isInPool()) return;
  warned.add(option);
  defaultLogger().warn({ option }, `the option "${option}" of dist() is not heeded yet`);
}
