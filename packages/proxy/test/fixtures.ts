import {
  isTroupeError,
  type Logger,
  type Message,
  type MessageMap,
  type TroupeError,
  uniqueId,
} from "@troupe/core";
import type { Harness, HarnessProcess, SpawnOptions } from "@troupe/testkit";

import { type JoinOptions, Proxy } from "../src/index.js";

/** One line of a {@link RecordingLogger}. */
interface Logged {
  readonly fields: object;
  readonly message: string;
}

/** Keeps what is logged. */
export interface RecordingLogger extends Logger {
  readonly warnings: Logged[];
  readonly errors: Logged[];
}

export function recordingLogger(): RecordingLogger {
  const warnings: Logged[] = [];
  const errors: Logged[] = [];
  const ignore = () => {};
  return {
    warnings,
    errors,
    debug: ignore,
    info: ignore,
    warn: (fields, message) => void warnings.push({ fields, message }),
    error: (fields, message) => void errors.push({ fields, message }),
  };
}

/** A group whose members live in this process, each with sockets of its own. Disposed of, all leave. */
export class LocalGroup implements AsyncDisposable {
  readonly registry = `memory:${uniqueId()}`;
  readonly log = recordingLogger();
  readonly #members: AsyncDisposable[] = [];

  async join<M extends object = MessageMap>(
    component: string,
    options: Partial<JoinOptions> = {},
  ): Promise<Proxy<M>> {
    const { registry, log } = this;
    const proxy = await Proxy.join<M>({ group: "test", component, registry, log, ...options });
    this.#members.push(proxy);
    return proxy;
  }

  /** A member that replies to all it gets with the body that came, or what `answer` makes of it. */
  async joinEcho(
    component: string,
    options: Partial<JoinOptions> = {},
    answer: (message: Message) => unknown = ({ body }) => body,
  ): Promise<Proxy> {
    const proxy = await this.join(component, options);
    void (async () => {
      for await (const message of proxy.receive()) await proxy.reply(message, { body: answer(message) });
    })();
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map((member) => member[Symbol.asyncDispose]()));
  }
}

/** What the promise rejects with, which must be a TroupeError. */
export async function failureOf(promise: Promise<unknown>): Promise<TroupeError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (isTroupeError(error)) return error;
    throw error;
  }
  throw new Error(`expected a rejection, but got ${JSON.stringify(value)}`);
}

/** The next `count` messages. */
export async function receiveMany(proxy: Proxy, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const message of proxy.receive()) {
    messages.push(message);
    if (messages.length === count) break;
  }
  return messages;
}

/** Turns of the event loop in which the two members' links carry traffic both ways: time for what could happen to happen. */
export async function exchange(from: Proxy, to: string, rounds = 20): Promise<void> {
  for (let round = 0; round < rounds; round++) await from.request(to, { type: "echo", body: round });
}

/** Runs `programs/member.mjs`: a member in a process of its own. `gate` keeps it from joining until a line comes. */
export function spawnMember(
  harness: Harness,
  options: Partial<JoinOptions> & { readonly component: string; readonly gate?: boolean },
  spawnOptions: SpawnOptions = {},
): HarnessProcess {
  return harness.spawn(new URL("programs/member.mjs", import.meta.url), {
    args: [JSON.stringify({ group: "test", ...options })],
    name: options.name ?? options.component,
    ...spawnOptions,
  });
}

/** The registry that the harness's processes use where they name none. */
export function registryOf(harness: Harness): string {
  return `ipc://${harness.runtimeDirectory}/registry.sock`;
}

/** Disposed of, all of them are. */
export function together<T extends AsyncDisposable>(members: readonly T[]): readonly T[] & AsyncDisposable {
  const end = async () => {
    await Promise.all(members.map((member) => member[Symbol.asyncDispose]()));
  };
  return Object.assign([...members], { [Symbol.asyncDispose]: end });
}
