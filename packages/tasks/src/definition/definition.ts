import { TroupeError } from "@troupe/core";

import { shared } from "../shared.js";
import { checkTaskOptions, type TaskOptions } from "./task-options.js";

/** A function whatever its parameters. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a function's parameters are contravariant
export type AnyFunction = (...args: any[]) => unknown;

/** What {@link defineTask} is told of a function. */
export interface DefineTaskOptions {
  /** Where pools find it: the URL of a module. */
  readonly module?: string | undefined;
  /** Its name there. Default: the function's own. */
  readonly name?: string | undefined;
  readonly options?: TaskOptions | undefined;
  /** Asked before a submission whether pools may import its module. @throws ERR_ENTRY_MODULE */
  readonly assertImportable?: ((definition: TaskDefinition) => void) | undefined;
}

/** What a function is to the runtime. */
export interface TaskDefinition {
  readonly name: string;
  readonly module: string | undefined;
  readonly fn: AnyFunction;
  /** Whether it is a generator function: a run gives items one by one. */
  readonly isStream: boolean;
  readonly options: TaskOptions;
  readonly assertImportable: DefineTaskOptions["assertImportable"];
}

/** Makes a function known to every copy of this package in the process. @throws ERR_CONFIG */
export function addDefinition(fn: AnyFunction, told: DefineTaskOptions): TaskDefinition {
  if (typeof fn !== "function") {
    throw new TroupeError("ERR_CONFIG", `A task is made of a function, not of a value of type ${typeof fn}.`);
  }
  const { module, name = fn.name, options = {}, assertImportable } = told;
  if (name === "") {
    throw new TroupeError(
      "ERR_CONFIG",
      "Pools find a function by its name, and this one has none: task(function add(a, b) { … }).",
    );
  }
  const definition: TaskDefinition = {
    name,
    module,
    fn,
    isStream: /^(Async)?GeneratorFunction$/.test(kindOf(fn)),
    options: checkTaskOptions(name, options),
    assertImportable,
  };
  if (module !== undefined) shared.definitions.set(addressOf(module, name), definition);
  return definition;
}

export function addressOf(module: string, name: string): string {
  return `${module}#${name}`;
}

function kindOf(fn: AnyFunction): string {
  return (fn.constructor as { readonly name?: string } | undefined)?.name ?? "";
}
