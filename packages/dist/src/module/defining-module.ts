import { pathToFileURL } from "node:url";

import { TroupeError } from "@troupe/core";
import { resolve } from "import-meta-resolve";

import { callingModule } from "./call-site.js";

/** Where pools find a class. */
export interface DefiningModule {
  /** `undefined` where no module called, as in a REPL. */
  readonly url: string | undefined;
  /** Whether it is another than the one that calls `dist()`: pools that import it hear nothing of that call. */
  readonly isForeign: boolean;
}

/**
 * The module in which a class is given to `dist()`: as it is said, else as the stack tells.
 *
 * @param given The option `module`: a URL, a path from the calling module, or the name of a package.
 * @throws ERR_MODULE for a package that cannot be found.
 */
export function definingModule(meta: ImportMeta | undefined, given: string | undefined): DefiningModule {
  const caller = meta?.url ?? callingModule();
  if (given === undefined) return { url: caller, isForeign: false };
  const url = urlOf(given, caller ?? pathToFileURL(`${process.cwd()}/`).href);
  return { url, isForeign: url !== caller };
}

function urlOf(given: string, from: string): string {
  if (/^(file|data|node):/.test(given)) return given;
  // A loader may know files that are not there by that name.
  if (/^\.{0,2}\//.test(given)) return new URL(given, from).href;
  try {
    return resolve(given, from);
  } catch (cause) {
    throw new TroupeError(
      "ERR_MODULE",
      `The package "${given}", given as the module of a class, cannot be found from ${from}: ${(cause as Error).message}`,
      { cause, details: { module: given, from } },
    );
  }
}
