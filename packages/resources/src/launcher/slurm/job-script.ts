import type { ParsedRequest } from "../parse-request.js";

/**
 * The batch script of a launch. Variables are in it, rather than among the flags of `sbatch`: Slurm keeps scripts where
 * their owner and its own user alone read them, while anybody on the machine can see a command line.
 */
export function jobScript({ command, args, env }: ParsedRequest): string {
  const variables = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  // In the shell's place, so that signals reach it and its exit code is the job's.
  return `#!/bin/sh\n${variables.join("")}exec ${[command, ...args].map(quote).join(" ")}\n`;
}

/** As one word of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
