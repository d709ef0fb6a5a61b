import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

import { TroupeError } from "@troupe/core";

import { callingModule } from "./call-site.js";

/**
 * URL of the module in which a class is given to `dist()`: as it is said, else as the stack tells.
 *
 * @param given The option `module`: a URL, a path from the working directory, or the name of a package.
 * @throws ERR_MODULE for a package that cannot be found.
 */
export function definingModule(meta: ImportMeta | undefined, given: string | undefined): string | undefined {
  if (given === undefined) return meta?.url ?? callingModule();
  if (/^(file|data|node):/.test(given)) return given;
  const from = meta?.url ?? callingModule();
  if (/^\.{0,2}\//.test(given)) return new URL(given, from).href;
  return resolvePackage(given, from);
}

function resolvePackage(name: string, from: string | undefined): string {
  const base = from ?? pathToFileURL(`${process.cwd()}/`).href;
  try {
    return pathToFileURL(createRequire(base).resolve(name)).href;
  } catch (cause) {
    throw new TroupeError(
      "ERR_MODULE",
      `The package "${name}", given as the module of a class, cannot be found from ${base}.`,
      {
        cause,
        details: { module: name, from: base },
      },
    );
  }
}
