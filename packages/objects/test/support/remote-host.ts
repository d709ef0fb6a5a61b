import type { Harness, HarnessProcess, SpawnOptions } from "@troupe/testkit";

/** What a {@link RemoteHost} runs: a host that exchanges objects by itself, or a process of a cluster. */
const programs = {
  exchange: new URL("../programs/exchange-host.mjs", import.meta.url),
  cluster: new URL("../programs/cluster-process.mjs", import.meta.url),
} as const;

/** What a {@link RemoteHost}'s command failed with. */
export interface RemoteFailure {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Code of its cause. */
  readonly cause?: string;
}

let commands = 0;

/** A host that is a process of its own, perhaps in a network of its own. */
export class RemoteHost {
  private constructor(
    readonly process: HarnessProcess,
    readonly name: string,
  ) {}

  static async start(
    harness: Harness,
    registry: string,
    options: object = {},
    spawn: Pick<SpawnOptions, "env" | "under"> = {},
    program: keyof typeof programs = "exchange",
  ): Promise<RemoteHost> {
    const host = harness.spawn(programs[program], { args: [registry, JSON.stringify(options)], ...spawn });
    const [, name] = await host.line(/joined as (\S+)/);
    return new RemoteHost(host, name!);
  }

  /** Has the host do something (see the program); gives what came of it. Rejects when it failed. */
  async do<T>(command: string, ...args: readonly unknown[]): Promise<T> {
    const [how, outcome] = await this.#ask(command, args);
    if (how === "failed") throw new Error(`"${command}" failed at ${this.name}: ${JSON.stringify(outcome)}`);
    return outcome as T;
  }

  /** Has the host do what fails there. */
  async fail(command: string, ...args: readonly unknown[]): Promise<RemoteFailure> {
    const [how, outcome] = await this.#ask(command, args);
    if (how === "gave") throw new Error(`"${command}" gave ${JSON.stringify(outcome)} at ${this.name}.`);
    return outcome as RemoteFailure;
  }

  /** Ends the process in order. */
  async close(): Promise<void> {
    await this.do("close");
    await this.process.exited;
  }

  async #ask(command: string, args: readonly unknown[]): Promise<[string, unknown]> {
    const id = `c${++commands}`;
    await this.process.send(`${JSON.stringify([id, command, ...args])}\n`);
    const [, how, json] = await this.process.line(new RegExp(`^${id} (gave|failed) (.*)$`));
    return [how!, JSON.parse(json!)];
  }
}
