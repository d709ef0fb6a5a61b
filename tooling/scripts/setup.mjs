// From a fresh clone to a built workspace, doing only what is not done yet.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { pnpmVersion, providePnpm } from "./pnpm.mjs";
import { captureLong } from "./run.mjs";
import { oldestNode, root } from "./workspace.mjs";

/** A failure that the user can act on: shown without a stack. */
export class SetUpError extends Error {}

/**
 * Installs dependencies when the lockfile changed since they were, then builds.
 *
 * @param build Turbo filters of what to build; everything by default, nothing for `[]`.
 */
export async function setUp({ build = ["*"] } = {}) {
  checkNode();
  await providePnpm();
  await install();
  if (build.length > 0) await buildWorkspace(build);
}

/** Runs a script's main part: exits with the code that it gives, and shows what a user can act on as such. */
export async function runScript(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof SetUpError ? error.message : error);
    process.exitCode = 1;
  }
}

function checkNode() {
  const [has, needs] = [process.versions.node, oldestNode].map((version) => version.split(".").map(Number));
  const place = needs.findIndex((part, index) => part !== has[index]);
  if (place === -1 || has[place] > needs[place]) return;
  throw new SetUpError(`Troupe needs Node ${oldestNode} or newer; this is Node ${process.versions.node}.`);
}

async function install() {
  const stamp = join(root, "node_modules", ".troupe-installed");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error(`installing dependencies with pnpm ${pnpmVersion}, which may take minutes the first time`);
  const args = [
    "install",
    "--frozen-lockfile",
    "--config.confirmModulesPurge=false",
    "--reporter=append-only",
  ];
  const { code, output } = await captureLong("pnpm", args, { progress: /^Progress: .*\d/gm });
  if (code !== 0) throw new SetUpError(`${output.trimEnd()}\n\nThe dependencies could not be installed.`);
  writeFileSync(stamp, wanted);
}

async function buildWorkspace(filters) {
  console.error(
    `building ${filters[0] === "*" ? "all packages" : filters.join(" ").replaceAll("...", " and what it needs")}`,
  );
  const { code, output } = await build(filters);
  if (code !== 0) throw new SetUpError(`${output.trimEnd()}\n\nThe build failed.`);
}

/** Builds by turbo, which leaves alone what has not changed: `{ code, output }`. */
export function build(filters = ["*"]) {
  const filter = filters[0] === "*" ? [] : filters.map((name) => `--filter=${name}`);
  return captureLong("turbo", [
    "run",
    "build",
    "--output-logs=errors-only",
    "--log-order=grouped",
    ...filter,
  ]);
}
