import { execFile } from "node:child_process";
import { delimiter } from "node:path";
import { promisify } from "node:util";

import { installPackages } from "../debian/install-packages.js";

const run = promisify(execFile);

let found: Promise<string | undefined> | undefined;

/** An environment in which Slurm's daemons and commands are found. */
export function slurmEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [process.env["PATH"], "/usr/sbin", "/usr/bin"].join(delimiter) };
}

/**
 * Why a Slurm cluster cannot be started here; `undefined` when it can. Where its programs are missing and this is root
 * on a system with apt, installs them. Asked again, it answers as before.
 */
export function slurmProblem(): Promise<string | undefined> {
  return (found ??= findOrInstall());
}

async function findOrInstall(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "only root may start it";
  if (await isThere()) return undefined;
  const reason = await installPackages("munge", "slurmctld", "slurmd", "slurm-client");
  return (await isThere()) ? undefined : (reason ?? "it is installed, and not found");
}

async function isThere(): Promise<boolean> {
  // They do not even say their version without a configuration.
  const script = 'for program; do command -v "$program" || exit 1; done';
  return run("sh", ["-c", script, "sh", "munged", "slurmctld", "slurmd", "sbatch"], {
    env: slurmEnvironment(),
  }).then(
    () => true,
    () => false,
  );
}
