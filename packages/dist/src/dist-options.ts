import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";
import { actorOptionNames, type ActorOptions } from "@troupe/actors";

import { type AnyComponentOptions, checkComponentOptions, componentOptionNames } from "./options.js";

/** Options of `dist()`, apart by what they are for. */
export interface DistOptions {
  /** Absent for a class that joins no group. */
  readonly component: AnyComponentOptions | undefined;
  readonly actor: ActorOptions;
  /** Where pools find it, when that is not the module that calls `dist()`. */
  readonly module: string | undefined;
}

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
    if (!isOfActor && !isOfComponent && name !== "module") unknown.push(name);
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

function unknownOptions(unknown: readonly string[]): TroupeError {
  const all = new Set([...componentOptionNames, ...actorOptionNames, "module"]);
  const named = unknown.map((name) => `"${name}"`).join(", ");
  return new TroupeError(
    "ERR_CONFIG",
    `dist() has no option ${named}; its options are ${[...all].join(", ")}.`,
    {
      details: { unknown },
    },
  );
}
