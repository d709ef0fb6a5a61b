import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Lets this thread import TypeScript, where its program was started by tsx (https://tsx.is): threads inherit that with the
 * options of Node, but it takes effect in main threads only.
 */
export async function importTypeScript(): Promise<void> {
  const api = process.execArgv.map(apiOf).find((found) => found !== undefined);
  if (api === undefined) return;
  const { register } = (await import(api)) as { register(): void };
  register();
}

/** What registers it, for an option that loads it: by its URL, or by its name, which is looked up from the working directory. */
function apiOf(option: string): string | undefined {
  const loader = option.replace(/^--import=/, "");
  if (loader.endsWith("/tsx/dist/loader.mjs")) return new URL("esm/api/index.mjs", loader).href;
  if (loader !== "tsx") return undefined;
  return pathToFileURL(createRequire(join(process.cwd(), "program")).resolve("tsx/esm/api")).href;
}
