import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Whether the module is the program that Node was started with. */
export function isEntryModule(url: string): boolean {
  const [, entry] = process.argv;
  if (!entry || !url.startsWith("file:")) return false;
  return real(entry) === real(fileURLToPath(url));
}

/** A file as it is on disk; Node takes `node program` for `program.js`, and follows links. */
function real(path: string): string {
  for (const candidate of [path, `${path}.js`, `${path}.mjs`, `${path}.ts`]) {
    try {
      return realpathSync(candidate);
    } catch {
      // Not this one.
    }
  }
  return path;
}
