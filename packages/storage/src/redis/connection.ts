import { armDeadline, isTroupeError, TroupeError, type WaitOptions } from "@troupe/core";
import type { Redis, RedisOptions } from "ioredis";

import { withoutPassword } from "../without-password.js";
import type { Script } from "./scripts.js";

/** Milliseconds within which Redis must answer when the caller names no time. */
const defaultTimeout = 10_000;

/** Most commands without an answer. */
const inFlightLimit = 100_000;

/** Longest pause between two attempts to connect, in milliseconds. */
const longestPause = 1000;

export interface CommandOptions {
  /** Sending it a second time does no harm, so it outlives a lost connection. */
  readonly repeatable?: boolean;
}

/**
 * A connection that is made anew whenever it is lost.
 *
 * A command waits for it within its time. One that was under way when the connection broke is sent again
 * only when that does no harm; any other fails at once, since nobody can tell whether it took effect.
 */
export class RedisConnection {
  readonly client: Redis;
  /** Where, without password. */
  readonly url: string;
  readonly #waiting = new Set<() => void>();
  readonly #underWay = new Set<(lost: Error) => void>();
  #lastError: Error | undefined;
  #refused: TroupeError | undefined;
  #closed = false;
  #onIdle: (() => void) | undefined;

  private constructor(client: Redis, url: string) {
    this.client = client;
    this.url = withoutPassword(url);
    client.on("ready", () => {
      this.#refused = undefined;
      this.#wake();
    });
    client.on("error", (error: Error) => {
      this.#lastError = error;
      if (!isRefusal(error)) return;
      this.#refused = refusal(this.url, error);
      this.#wake();
    });
    client.on("close", () => {
      const lost = new ConnectionLost(this.#lastError);
      for (const fail of [...this.#underWay]) fail(lost);
    });
  }

  /**
   * @param server The URL for ioredis.
   * @param url The URL for messages.
   * @throws ERR_CONFIG without `ioredis`.
   */
  static async open(server: string, url: string): Promise<RedisConnection> {
    const Client = await loadClient();
    const options = {
      lazyConnect: true,
      // Waiting and sending again are decided here: the queues of ioredis outlive a caller's timeout.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: null,
      retryStrategy: (attempt: number) =>
        Math.min(20 * 2 ** attempt, longestPause) * (0.5 + Math.random() / 2),
      connectTimeout: 5000,
    } satisfies RedisOptions;
    const connection = new RedisConnection(new Client(server, options), url);
    connection.client.connect().catch(() => {}); // it tries again by itself, and #lastError has the reason
    return connection;
  }

  /** Another connection to the same server, for subscriptions. */
  duplicate(): RedisConnection {
    const connection = new RedisConnection(this.client.duplicate(), this.url);
    connection.client.connect().catch(() => {});
    return connection;
  }

  /** Waits for the server. @throws ERR_TIMEOUT, ERR_CANCELLED, ERR_UNAUTHORIZED */
  async ready(wait?: WaitOptions): Promise<void> {
    await this.run("connection", () => Promise.resolve(), wait, { repeatable: true });
  }

  /** Runs a script. @throws as {@link RedisConnection.run} */
  script(
    script: Script,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
    wait?: WaitOptions,
    options?: CommandOptions,
  ): Promise<unknown> {
    const send = async (client: Redis): Promise<unknown> => {
      try {
        return await client.callBuffer("EVALSHA", script.sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return client.callBuffer("EVAL", script.source, keys.length, ...keys, ...args);
      }
    };
    return this.run("script", send, wait, options);
  }

  /**
   * Sends a command once the connection is there, and gives the answer.
   *
   * @throws ERR_TIMEOUT when Redis does not answer or the connection breaks meanwhile, ERR_CANCELLED,
   * ERR_STORE_FULL when Redis is out of memory or too much is under way, ERR_UNAUTHORIZED, ERR_CONFIG.
   */
  run<R>(
    what: string,
    send: (client: Redis) => Promise<R>,
    wait: WaitOptions = {},
    { repeatable = false }: CommandOptions = {},
  ): Promise<R> {
    if (this.#underWay.size + this.#waiting.size >= inFlightLimit) return Promise.reject(this.#tooMany());
    const { signal, timeout = defaultTimeout } = wait;
    return new Promise<R>((resolve, reject) => {
      const end = (settle: () => void) => {
        disarm();
        this.#underWay.delete(fail);
        this.#waiting.delete(attempt);
        settle();
        if (this.#underWay.size === 0) this.#onIdle?.();
      };
      const fail = (error: unknown) => {
        this.#underWay.delete(fail);
        if (error instanceof ConnectionLost && repeatable && !this.#closed) attempt();
        else end(() => reject(this.#explain(error)));
      };
      const attempt = () => {
        this.#waiting.delete(attempt);
        if (this.#closed) return end(() => reject(closedError(this.url)));
        const refused = this.#refused;
        if (refused !== undefined) return end(() => reject(refused));
        if (this.client.status !== "ready") {
          this.#waiting.add(attempt);
          return;
        }
        this.#underWay.add(fail);
        send(this.client).then((result) => {
          if (this.#underWay.has(fail)) end(() => resolve(result));
        }, fail);
      };
      const disarm = armDeadline(what, { signal, timeout }, (error) => {
        end(() => reject(isTroupeError(error, "ERR_TIMEOUT") ? this.#noAnswer(timeout) : error));
      });
      if (!signal?.aborted) attempt();
    });
  }

  /** Waits for the answers to what was sent, which their timeouts bound, then closes. */
  async drain(): Promise<void> {
    this.#closed = true;
    if (this.#underWay.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.close();
  }

  /** Lets go of the socket. What waits fails with ERR_CLOSED. */
  close(): void {
    this.#closed = true;
    this.client.disconnect();
    this.#wake();
    for (const fail of [...this.#underWay]) fail(closedError(this.url));
  }

  #wake(): void {
    for (const attempt of [...this.#waiting]) attempt();
  }

  #explain(error: unknown): unknown {
    if (error instanceof ConnectionLost || !(error instanceof Error) || isTroupeError(error)) {
      return error instanceof ConnectionLost ? connectionLost(this.url, error) : error;
    }
    const { message } = error;
    const options = { cause: error, details: { url: this.url } };
    if (message.startsWith("OOM")) {
      return new TroupeError("ERR_STORE_FULL", `Redis at ${this.url} is out of memory: ${message}`, options);
    }
    if (isRefusal(error)) return refusal(this.url, error);
    if (/^(LOADING|BUSY|READONLY|MASTERDOWN|TRYAGAIN|CLUSTERDOWN)\b/.test(message)) {
      return new TroupeError("ERR_TIMEOUT", `Redis at ${this.url} does not answer yet: ${message}`, options);
    }
    return new TroupeError(
      "ERR_CONFIG",
      `Redis at ${this.url} refused a command: ${message}. It must be Redis 6.2 or Valkey, or later.`,
      options,
    );
  }

  #noAnswer(timeout: number): TroupeError {
    const reason = this.#lastError && this.client.status !== "ready" ? ` (${this.#lastError.message})` : "";
    return new TroupeError(
      "ERR_TIMEOUT",
      `Redis at ${this.url} did not answer within ${timeout} ms${reason}. Check that it runs there and can be reached.`,
      { details: { url: this.url, timeout }, ...(this.#lastError && { cause: this.#lastError }) },
    );
  }

  #tooMany(): TroupeError {
    return new TroupeError(
      "ERR_STORE_FULL",
      `${inFlightLimit} commands to Redis at ${this.url} wait for an answer; await some before sending more.`,
      { details: { url: this.url, limit: inFlightLimit } },
    );
  }
}

/** The connection broke while a command was under way. */
class ConnectionLost extends Error {
  constructor(override readonly cause: Error | undefined) {
    super("connection lost");
  }
}

async function loadClient(): Promise<typeof Redis> {
  try {
    return (await import("ioredis")).Redis;
  } catch (cause) {
    throw new TroupeError(
      "ERR_CONFIG",
      'A redis: URL needs the package "ioredis"; install it beside @troupe/storage.',
      {
        cause,
      },
    );
  }
}

function isRefusal(error: Error): boolean {
  return /^(NOAUTH|WRONGPASS|NOPERM|ERR invalid password|ERR Client sent AUTH)/.test(error.message);
}

function refusal(url: string, cause: Error): TroupeError {
  return new TroupeError("ERR_UNAUTHORIZED", `Redis at ${url} refused access: ${cause.message}`, {
    cause,
    details: { url },
  });
}

function connectionLost(url: string, { cause }: ConnectionLost): TroupeError {
  return new TroupeError(
    "ERR_TIMEOUT",
    `The connection to Redis at ${url} broke before it answered; the command may or may not have taken effect. Read before trying again.`,
    { details: { url }, ...(cause === undefined ? {} : { cause }) },
  );
}

function closedError(url: string): TroupeError {
  return new TroupeError("ERR_CLOSED", `The storage ${url} is closed; open another.`);
}
