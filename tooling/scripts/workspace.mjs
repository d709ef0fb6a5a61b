// The workspace as the scripts see it: where it is and which packages are in it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

export const rootManifest = readJson(join(root, "package.json"));

/** The oldest Node that runs Troupe, from `engines`: "20.19.0". */
export const oldestNode = rootManifest.engines.node.replace(/[^\d.]/g, "");

/** Packages of the workspace below `packages`, `apps` or `tooling`: `{ name, folder, directory, manifest }`. */
export function workspacePackages(folders = ["packages", "apps", "tooling"], base = root) {
  return folders.flatMap((folder) => {
    if (!existsSync(join(base, folder))) return [];
    return readdirSync(join(base, folder)).flatMap((name) => {
      const directory = join(base, folder, name);
      const path = join(directory, "package.json");
      return existsSync(path) ? [{ name, folder, directory, manifest: readJson(path) }] : [];
    });
  });
}

export function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}
