import { existsSync } from "node:fs";

import { TroupeError } from "@troupe/core";

import { type ProgramOptions, runProgram } from "../../program.js";

/**
 * Runs one of Slurm's commands and gives what it prints.
 *
 * @param config Path of `slurm.conf`, where Slurm would not look by itself.
 * @throws ERR_CONFIG when it is not installed or set up, or Slurm refuses; ERR_NO_RESOURCES when it refuses for want of them;
 *   ERR_TIMEOUT when its controller does not answer; ERR_CANCELLED
 */
export async function slurmCommand(
  command: string,
  args: readonly string[],
  { config, ...options }: Omit<ProgramOptions, "env"> & { readonly config: string | undefined },
): Promise<string> {
  const env = config === undefined ? process.env : { ...process.env, SLURM_CONF: config };
  // Slurm itself would look for it again and again, for a minute.
  if (env["SLURM_CONF"] && !existsSync(env["SLURM_CONF"]))
    throw notSetUp(command, `no file ${env["SLURM_CONF"]}`);
  const { code, stdout, stderr } = await runProgram(command, args, { ...options, env }).catch(
    (error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === "ENOENT" ? notInstalled(command, error) : error;
    },
  );
  if (code === 0) return stdout;
  throw refusal(command, stderr);
}

function notInstalled(command: string, cause: unknown): TroupeError {
  return new TroupeError(
    "ERR_CONFIG",
    `${command} is not on the PATH. slurmLauncher() runs where Slurm's commands are: on a login node, or after ` +
      "installing slurm-client and giving it the cluster's slurm.conf and munge key.",
    { cause },
  );
}

function notSetUp(command: string, words: string): TroupeError {
  return new TroupeError(
    "ERR_CONFIG",
    `Slurm is not set up here, or not to be reached: ${command} found no configuration of a cluster (${words}). ` +
      "slurmLauncher() runs where Slurm's commands know their cluster, as on a login node; elsewhere `config`, or " +
      "SLURM_CONF, says where its slurm.conf is.",
    { details: { command, said: words } },
  );
}

/** What `command` said on standard error, without its own name before each line. */
function refusal(command: string, stderr: string): TroupeError {
  const words = stderr
    .split("\n")
    .map((line) => line.replace(/^\w+: (error: )?/, "").trim())
    .filter((line) => line !== "")
    .join("; ");
  const details = { command, said: words };
  if (/configuration (source|file)|fetch config|ClusterName/i.test(words)) return notSetUp(command, words);
  if (/unable to contact|connect failure|timed out|communication/i.test(words))
    return new TroupeError(
      "ERR_TIMEOUT",
      `Slurm does not answer ${command}: ${words}. Is slurmctld up, and is this the slurm.conf of its cluster?`,
      { details },
    );
  if (/node configuration|can ?not be satisfied|generic resource|policy|more processors/i.test(words))
    return new TroupeError(
      "ERR_NO_RESOURCES",
      `Slurm can never give what was asked for: ${words}. \`sinfo\` shows what its partitions have.`,
      { retryable: false, details },
    );
  return new TroupeError("ERR_CONFIG", `Slurm refused what ${command} asked: ${words}.`, { details });
}
