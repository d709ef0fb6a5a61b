// Finds pnpm in the version that package.json names, on a machine that may have Node and npm only.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import { addToPath, capture } from "./run.mjs";
import { rootManifest } from "./workspace.mjs";

/** "10.34.8" of "pnpm@10.34.8+sha512.…". */
export const pnpmVersion = rootManifest.packageManager.replace(/^pnpm@/, "").replace(/\+.*$/, "");

/** Makes the right `pnpm` the one on the PATH of every command that the scripts run. */
export async function providePnpm() {
  if (await isRightPnpm()) return;
  // `npm exec` fetches it into npm's own cache and puts it on the PATH of what it runs: that PATH says where.
  const { code, output } = await capture("npm", [
    "exec",
    "--yes",
    `--package=pnpm@${pnpmVersion}`,
    "--",
    process.execPath,
    "-p",
    "`PATH=${process.env.PATH}`",
  ]);
  const path = /^PATH=(.*)$/m.exec(output)?.[1] ?? "";
  const directory = path
    .split(delimiter)
    .find((candidate) => candidate.includes("_npx") && hasPnpm(candidate));
  if (code !== 0 || directory === undefined) {
    throw new Error(`pnpm ${pnpmVersion} could not be fetched by npm:\n${output.trimEnd()}`);
  }
  addToPath(directory);
  if (!(await isRightPnpm())) {
    throw new Error(
      `The pnpm on the PATH is not ${pnpmVersion}; take it off the PATH, or install that version.`,
    );
  }
}

async function isRightPnpm() {
  try {
    // Not to be replaced by the right version behind the question's back.
    const env = { npm_config_manage_package_manager_versions: "false" };
    const { code, output } = await capture("pnpm", ["--version"], { env });
    return code === 0 && output.trim() === pnpmVersion;
  } catch {
    return false;
  }
}

function hasPnpm(directory) {
  try {
    accessSync(join(directory, "pnpm"), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
