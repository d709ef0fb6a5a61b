import { inspect } from "node:util";

import { checkKnown, TroupeError } from "@troupe/core";
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
  const given = options as Record<string, unknown>;
  checkKnown("dist()", given, [...new Set([...componentOptionNames, ...actorOptionNames, "module"])]);
  const component: Record<string, unknown> = {};
  const actor: Record<string, unknown> = {};
  const hasGroup = "group" in given;
  for (const [name, value] of Object.entries(given)) {
    if (actorOptionNames.includes(name)) actor[name] = value;
    if (componentOptionNames.includes(name)) component[name] = value;
  }
  const { module } = given;
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
