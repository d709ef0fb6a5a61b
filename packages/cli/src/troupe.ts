import { isTroupeError } from "@troupe/core";
import { Command, CommanderError, InvalidArgumentError } from "commander";

import { keygen } from "./commands/keygen.js";
import { ps, type PsOptions } from "./commands/ps.js";
import { run, type RunOptions } from "./commands/run.js";
import { startHead, type StartHeadOptions } from "./commands/start-head.js";
import { startHost, type StartHostOptions } from "./commands/start-host.js";
import { status, type StatusOptions } from "./commands/status.js";
import { stop } from "./commands/stop.js";

/** What `troupe start` is given. */
type StartOptions = Omit<StartHeadOptions & StartHostOptions, "address"> & {
  readonly head?: boolean;
  readonly address?: string;
};

const keyFile = [
  "-k, --key-file <path>",
  "file with the cluster's key, mode 0600; default: TROUPE_KEY, TROUPE_KEY_FILE",
] as const;

/**
 * Does what a command line says.
 *
 * @param args Without the names of Node and of the program.
 * @returns The exit code: 0, of `run` that of the script; 1 when something went wrong, which is said on standard error;
 *   2 for a command line that is none.
 */
export async function troupe(args: readonly string[]): Promise<number> {
  try {
    let code = 0;
    await commandLine((result) => (code = result)).parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(isTroupeError(error) ? `${error.code}: ${error.message}` : error);
    return 1;
  }
}

/** @param onCode Gets the exit code of what was run. */
function commandLine(onCode: (code: number) => void): Command {
  const program = new Command("troupe")
    .description("Clusters of several machines.")
    .exitOverride()
    .enablePositionalOptions();
  program
    .command("start")
    .description("Starts a cluster with --head, or makes this machine a host of one with --address.")
    .option("--head", "start a cluster that others can join")
    .option("-a, --address <address>", "join the cluster whose head listens there, as tcp://10.0.0.5:7700")
    .option("-p, --port <port>", "of the head", number(0, 65_535), 7700)
    .option("--listen <address>", "where the head listens, in place of all addresses and --port")
    .option(...keyFile)
    .option("-n, --pools <n>", "pools of this machine; default: one for each core", number(0, 1024))
    .option(
      "-r, --resources <file>",
      "troupe.yaml: what of this machine may be given to actors (with --head)",
    )
    .option("--storage <url>", "where the cluster's state is kept, as lmdb:./state (with --head)")
    .option("--lease <seconds>", "silence after which a host is lost (with --head)", number(1, 3_600), 10)
    .option("--no-rejoin", "end when the head is lost, rather than to join again (with --address)")
    .action(async ({ head, address, ...options }: StartOptions, command: Command) => {
      if ((head === true) === (address !== undefined))
        command.error("error: give either --head or --address <address>");
      await (address === undefined ? startHead(options) : startHost({ ...options, address }));
    });
  program
    .command("stop")
    .description("Ends, in order, what `troupe start` runs on this machine.")
    .action(async () => onCode(await stop()));
  program
    .command("status")
    .description("Shows what runs on this machine, and the machines, pools and resources of its cluster.")
    .option("-a, --address <address>", "of another cluster")
    .option(...keyFile)
    .option("--json", "for programs")
    .action(async (options: StatusOptions) => onCode(await status(options)));
  program
    .command("ps")
    .description("Shows the living actors of a cluster, and what each does.")
    .option("-a, --address <address>", "of another cluster")
    .option(...keyFile)
    .option(
      "--slow",
      "those that run one call for a second or do not answer, and the methods that take longest",
    )
    .option("--json", "for programs")
    .action(async (options: PsOptions) => onCode(await ps(options)));
  program
    .command("run")
    .description(
      "Runs a program, in TypeScript or JavaScript, in a cluster that stands, else in one of its own.",
    )
    .option("-a, --address <address>", "of the cluster; default: TROUPE_ADDRESS, else that of this machine")
    .option(...keyFile)
    .argument("<script>")
    .argument("[args...]", "for the script")
    .passThroughOptions()
    .action(async (script: string, args: string[], options: RunOptions) =>
      onCode(await run(script, args, options)),
    );
  program
    .command("keygen")
    .description("Makes a key for a cluster, the same for all its machines.")
    .argument("[file]", "is made, with mode 0600; else the key is printed")
    .action((file: string | undefined) => keygen(file));
  return program;
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
  };
}
