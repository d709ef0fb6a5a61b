import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Whether the module is the program that Node was started with. */
export function isEntryModule(url: string): boolean {
  const [, entry] = process.argv;
  if (!entry || !url.startsWith("file:")) return false;
  return mainFile(entry) === real(fileURLToPath(url));
}

/** The file that Node runs: it takes `node program` for `program.js`, and a folder for the program in it. */
function mainFile(entry: string): string {
  try {
    return real(createRequire(pathToFileURL(entry)).resolve(entry));
  } catch {
    return real(entry);
  }
}

/** A file as it is on disk: Node follows links. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
