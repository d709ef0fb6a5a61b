import type { ActorDefinition } from "@troupe/actors";
import { TroupeError } from "@troupe/core";

import { isEntryModule } from "./entry.js";

let hasMain = false;

/** This program has said what its main part is: pools may import its module. */
export function noteMain(): void {
  hasMain = true;
}

/**
 * A pool that imports the module that the program was started with would run all of it.
 *
 * @throws ERR_ENTRY_MODULE
 */
export function assertImportable({ name, module }: Pick<ActorDefinition, "name" | "module">): void {
  if (module === undefined || hasMain || !isEntryModule(module)) return;
  throw new TroupeError(
    "ERR_ENTRY_MODULE",
    `${name} is defined in the module that the program was started with, and pools import that module too. Put what only the program itself does into main(async () => { … }), or move ${name} to a module of its own.`,
    { details: { class: name, module } },
  );
}
