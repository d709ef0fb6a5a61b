import { isBuiltin } from "node:module";
import { isAbsolute } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** This package's own file, once it is built into one. */
const own = import.meta.url;

/**
 * URL of the module whose code called into this package: the first frame of the stack that is not ours.
 * `undefined` where there is none, as in a REPL.
 */
export function callingModule(): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 32;
  Error.prepareStackTrace = (_error, sites) => sites.map((site) => site.getFileName());
  try {
    const { stack } = new Error() as unknown as { stack: readonly (string | null | undefined)[] };
    const file = stack.find((name) => name && !isOwn(name) && !isBuiltin(name) && !name.startsWith("node:"));
    return file ? toUrl(file) : undefined;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The same file by its URL, whatever query a loader put behind it. */
export function toUrl(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  const [url = file] = file.split("?");
  return url;
}

function isOwn(file: string): boolean {
  const url = toUrl(file);
  return url === own || isBesideOwn(url);
}

/** While the sources run as they are, in tests, each file is its own. */
function isBesideOwn(url: string): boolean {
  if (!own.endsWith("/call-site.ts")) return false;
  const folder = fileURLToPath(new URL("..", own));
  return url.startsWith("file:") && fileURLToPath(url).startsWith(folder);
}
