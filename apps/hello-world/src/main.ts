import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

import { defaultRegistryUrl } from "@troupe/dist";
import { Command, InvalidArgumentError } from "commander";

interface Options {
  readonly workers: number;
  readonly group: string;
  readonly registry: string;
}

const options = new Command("hello-world")
  .description("One runner greets its workers; each is a process of its own.")
  .option("-w, --workers <n>", "worker processes", atLeastOne, 5)
  .option("-g, --group <name>", "the group to join", `hello_world-${process.pid}`)
  .option("-r, --registry <url>", "ipc://…, tcp://host:port or redis://…", defaultRegistryUrl())
  .parse()
  .opts<Options>();

process.exitCode = await main(options);

/** Starts all processes at once, and waits for all. Gives the first exit code that is not 0; 130 when it was interrupted. */
async function main({ workers, group, registry }: Options): Promise<number> {
  const shared = [group, registry];
  const children = [
    start("runner", [...shared, String(workers), String(Date.now())]),
    ...Array.from({ length: workers }, () => start("worker", shared)),
  ];
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interrupted = true;
      stop(children, signal);
    });
  }
  const codes = await Promise.all(
    children.map(async (child) => {
      const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
      if (interrupted) return 130;
      // One that failed would be waited for in vain by the others.
      if (code !== 0) stop(children, "SIGTERM");
      if (signal) console.error(`a process was ended by ${signal}`);
      return code ?? 1;
    }),
  );
  return codes.find((code) => code !== 0) ?? 0;
}

/** In a process group of its own: a signal from a terminal reaches this process alone, which passes it on once. */
function start(program: string, args: readonly string[]): ChildProcess {
  return fork(new URL(`./${program}.js`, import.meta.url), args, { detached: true });
}

function stop(children: readonly ChildProcess[], signal: NodeJS.Signals): void {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill(signal);
}

function atLeastOne(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError("It must be a whole number from 1.");
}
