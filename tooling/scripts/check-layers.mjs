// A package may depend on lower layers only, and says the same twice: in package.json for pnpm and in
// tsconfig.json for tsc. dependency-cruiser checks the imports by the same table.
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { layerOf } from "./layers.mjs";
import { root as ownRoot, workspacePackages } from "./workspace.mjs";

/** What is wrong with the dependencies between the packages below `root`, in words. */
export function layerProblems(root = ownRoot) {
  const all = workspacePackages(undefined, root);
  const byName = new Map(all.map((package_) => [package_.manifest.name, package_]));
  return all.flatMap((package_) => {
    const { folder, directory, manifest } = package_;
    const dependencies = workspaceNames(
      manifest.dependencies,
      manifest.peerDependencies,
      manifest.optionalDependencies,
    );
    const problems = dependencies.flatMap((name) => problemOf(package_, byName.get(name), name));
    if (folder === "packages" && layerOf(package_.name) === undefined) {
      problems.push(`${manifest.name} has no layer: add it to tooling/scripts/layers.mjs.`);
    }
    if (folder !== "tooling" && existsSync(join(directory, "tsconfig.json"))) {
      problems.push(...referenceProblems(package_, dependencies, byName, root));
    }
    return problems;
  });
}

function problemOf(from, to, name) {
  if (to === undefined) return [`${from.manifest.name} depends on ${name}, which is not in the workspace.`];
  if (from.folder === "tooling") return [];
  if (to.folder !== "packages")
    return [`${from.manifest.name} depends on ${name}; nothing may depend on an app or on tooling.`];
  if (to.name === "testkit")
    return [
      `${from.manifest.name} depends on ${name}, which is for tests: the root package.json has it for all.`,
    ];
  if (from.folder === "apps" || from.name === "testkit") return [];
  const [upper, lower] = [layerOf(from.name), layerOf(to.name)];
  if (upper === undefined || lower === undefined || lower < upper) return [];
  return [
    `${from.manifest.name} (layer ${upper}) depends on ${name} (layer ${lower}); only lower layers may be imported.`,
  ];
}

/** The references of tsconfig.json must be the workspace dependencies of package.json. */
function referenceProblems({ directory, manifest }, dependencies, byName, root) {
  const config = JSON.parse(readFileSync(join(directory, "tsconfig.json"), "utf8"));
  const referenced = (config.references ?? []).map(({ path }) => resolve(directory, path));
  const needed = dependencies.flatMap((name) => byName.get(name)?.directory ?? []);
  const missing = needed.filter((path) => !referenced.includes(path));
  const extra = referenced.filter((path) => !needed.includes(path));
  return [
    ...missing.map(
      (path) =>
        `${manifest.name} depends on ${relative(root, path)}, but its tsconfig.json has no reference to it.`,
    ),
    ...extra.map(
      (path) =>
        `${manifest.name} has a reference to ${relative(root, path)} in tsconfig.json, but no dependency on it.`,
    ),
  ];
}

function workspaceNames(...groups) {
  const names = groups.flatMap((group) => Object.keys(group ?? {}));
  return [...new Set(names)].filter((name) => /^@troupe(-|\/)/.test(name));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const problems = layerProblems();
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
