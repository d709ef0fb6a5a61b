import type { Entry } from "@troupe/registry";
import { type Harness, type HarnessProcess, waitUntil } from "@troupe/testkit";

/** A change as a client process tells it: names only. */
export interface NamedChange {
  readonly members: readonly string[];
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** A process with a registry of its own, `client.mjs`, and what it answers. */
export class ClientProcess {
  #next = 0;

  private constructor(readonly process: HarnessProcess) {}

  /** Starts one, which opens the registry at `url`, or the default one. Resolves when it is open. */
  static async start(harness: Harness, url?: string): Promise<ClientProcess> {
    const client = ClientProcess.launch(harness, url);
    await client.process.line(/^open /);
    return client;
  }

  /** Starts one and does not wait for it. */
  static launch(harness: Harness, url?: string): ClientProcess {
    const env = url === undefined ? {} : { TROUPE_REGISTRY: url };
    return new ClientProcess(harness.spawn(new URL("programs/client.mjs", import.meta.url), { env }));
  }

  /** All changes that its watch told so far. */
  get changes(): NamedChange[] {
    return this.process.lines
      .filter((line) => line.startsWith("change "))
      .map((line) => JSON.parse(line.slice("change ".length)) as NamedChange);
  }

  /** All whom its watch saw leave so far. */
  get left(): string[] {
    return this.changes.flatMap(({ left }) => left);
  }

  /** The group as its watch has it. */
  get watched(): readonly string[] | undefined {
    return this.changes.at(-1)?.members;
  }

  join(group: string, name: string, ttl?: number): Promise<string> {
    return this.call("join", group, name, ttl ?? null) as Promise<string>;
  }

  members(group: string): Promise<string[]> {
    return this.call("members", group) as Promise<string[]>;
  }

  get(key: string): Promise<Entry | undefined> {
    return this.call("get", key) as Promise<Entry | undefined>;
  }

  set(key: string, value: unknown): Promise<number> {
    return this.call("set", key, value) as Promise<number>;
  }

  cas(key: string, expected: number | undefined, value: unknown): Promise<number | undefined> {
    return this.call("cas", key, expected ?? null, value ?? null) as Promise<number | undefined>;
  }

  /** Begins to watch; resolves when the group was told once. */
  async watch(group: string): Promise<void> {
    await this.call("watch", group);
  }

  /** Closes its registry, after which the process has nothing left to do and ends by itself. */
  async close(): Promise<void> {
    await this.call("close");
    await this.process.exited;
  }

  /** Sends a command; resolves with its answer, rejects with its error. */
  async call(command: string, ...args: unknown[]): Promise<unknown> {
    const number = this.#next++;
    await this.process.send(JSON.stringify([number, command, ...args]));
    const prefix = `answer ${number} `;
    const answer = await waitUntil(
      () => {
        const line = this.process.lines.find((candidate) => candidate.startsWith(prefix));
        return line ?? (this.process.exit && "ended");
      },
      { what: `${command} of ${this.process.name} (pid ${this.process.pid})`, timeout: 20_000 },
    );
    if (answer === "ended") throw new Error(`It ended during ${command}:\n${this.process.describe()}`);
    const { value, code, message } = JSON.parse(answer.slice(prefix.length)) as {
      value?: unknown;
      code?: string;
      message?: string;
    };
    if (message !== undefined) throw Object.assign(new Error(message), { code });
    return value;
  }
}
