import { deferred, type Deferred, type Logger, TroupeError } from "@troupe/core";
import type { Redis } from "ioredis";

import { withoutPassword } from "../client/calls.js";

/** Milliseconds between attempts to connect: at first and at most. */
const firstPause = 10;
const longestPause = 250;
/** Milliseconds between questions whether the server is still there, and until no answer means no. */
const pingDelay = 3_000;
const silentAfter = 10_000;
/** Milliseconds before a server that is not ready to serve is asked again. */
const busyDelay = 50;

/** Errors of a server that starts, fails over or runs a long script: they pass. */
const passing = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|MISCONF)\b/;
const unauthorized = /^(NOAUTH|WRONGPASS|NOPERM)\b|invalid password/;

/** Settings of each client: it connects once, when it is told to, and keeps nothing for later. */
export const connectionSettings = {
  lazyConnect: true,
  retryStrategy: () => null,
  enableOfflineQueue: false,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  connectTimeout: 2_000,
} as const;

/** Makes a client with {@link connectionSettings}. */
export type RedisFactory = () => Redis;

/**
 * A connection to Redis that comes back by itself. Calls wait for it; those that were under way when it
 * broke are made again, and learn of it.
 *
 * One ioredis client is used for one connection: what is sent again, and when, is decided here. Nothing of
 * it keeps the process alive, but for the two seconds that an attempt to connect may take.
 */
export class RedisLink {
  readonly #life = new AbortController();
  readonly #opened = deferred<void>();
  #redis: Redis | undefined;
  #next: Deferred<void> = deferred();
  #trouble: string | undefined;
  #retired = false;
  #wake: (() => void) | undefined;
  readonly #running: Promise<void>;

  /** @param onUp Told of each new connection. */
  constructor(
    private readonly url: string,
    private readonly make: RedisFactory,
    private readonly log: Logger,
    private readonly onUp: (redis: Redis) => void,
  ) {
    this.#opened.promise.catch(() => {});
    this.#running = this.#run();
  }

  /** Settles when it is connected for the first time, or the server refuses the credentials. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get redis(): Redis | undefined {
    return this.#redis;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  /**
   * Runs a command, when there is a connection, and again when it broke meanwhile.
   *
   * @throws What the signal says; ERR_UNAUTHORIZED, ERR_REGISTRY for what the server answers.
   */
  async call<T>(
    command: (redis: Redis) => Promise<T>,
    signal: AbortSignal,
  ): Promise<{ readonly value: T; readonly resent: boolean }> {
    const aborted = deferred<never>();
    aborted.promise.catch(() => {});
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      for (let resent = false; ;) {
        signal.throwIfAborted();
        const redis = this.#redis;
        if (!redis) {
          await Promise.race([this.#next.promise, aborted.promise]);
          continue;
        }
        try {
          return { value: await Promise.race([command(redis), aborted.promise]), resent };
        } catch (error) {
          signal.throwIfAborted();
          if (this.#retired) throw error;
          if (!isReply(error)) {
            resent = true;
            this.#lost(redis);
          } else if (passing.test(error.message)) {
            this.#trouble = error.message;
            await Promise.race([pause(busyDelay), aborted.promise]);
          } else {
            throw answered(this.url, error);
          }
        }
      }
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Makes no new connection any more. */
  retire(): void {
    this.#retired = true;
  }

  async close(): Promise<void> {
    this.#life.abort();
    this.#redis?.stream.destroy();
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#life.signal.aborted && !this.#retired; attempt++) {
      if (await this.#connection()) attempt = 0;
      await this.#pause(attempt);
    }
  }

  /** Runs one connection to its end; says whether it came up. */
  async #connection(): Promise<boolean> {
    const redis = this.make();
    const ended = new Promise<void>((resolve) => redis.once("end", resolve));
    const destroy = () => redis.stream?.destroy();
    redis.on("error", (error: Error) => this.#failed(error));
    redis.on("connect", () => (redis.stream as { unref?: () => void }).unref?.());
    this.#life.signal.addEventListener("abort", destroy);
    let ping: NodeJS.Timeout | undefined;
    try {
      await redis.connect();
      if (this.#life.signal.aborted) destroy();
      else ping = this.#up(redis, destroy);
    } catch (error) {
      this.#trouble ??= (error as Error).message;
      destroy();
    }
    await ended;
    clearInterval(ping);
    this.#life.signal.removeEventListener("abort", destroy);
    this.#lost(redis);
    return ping !== undefined;
  }

  #up(redis: Redis, destroy: () => void): NodeJS.Timeout {
    this.#redis = redis;
    this.#trouble = undefined;
    this.#next.resolve();
    this.#opened.resolve();
    this.onUp(redis);
    let heardAt = performance.now();
    return setInterval(() => {
      if (performance.now() - heardAt > silentAfter) return destroy();
      redis.ping().then(
        () => (heardAt = performance.now()),
        () => {},
      );
    }, pingDelay).unref();
  }

  #lost(redis: Redis): void {
    if (this.#redis !== redis) return;
    this.#redis = undefined;
    this.#next = deferred();
    this.#trouble ??= "the connection was lost";
    redis.stream.destroy();
  }

  #failed(error: Error): void {
    this.#trouble = error.message;
    this.log.debug({ url: withoutPassword(this.url), err: error }, "The connection to Redis failed.");
    if (unauthorized.test(error.message)) this.#opened.reject(answered(this.url, error));
  }

  #pause(attempt: number): Promise<void> | undefined {
    if (this.#life.signal.aborted || this.#retired) return undefined;
    const length = Math.min(firstPause * 2 ** Math.min(attempt, 8), longestPause) * (0.5 + Math.random());
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, length).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function pause(length: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, length).unref());
}

/** Whether the server itself said so, as opposed to a connection that broke. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}

function answered(url: string, cause: Error): TroupeError {
  const at = withoutPassword(url);
  if (unauthorized.test(cause.message)) {
    const what = `Redis at ${at} refuses: ${cause.message}. Put the user and the password into the URL.`;
    return new TroupeError("ERR_UNAUTHORIZED", what, { cause, details: { url: at } });
  }
  return new TroupeError("ERR_REGISTRY", `Redis at ${at} answered: ${cause.message}.`, {
    cause,
    details: { url: at },
  });
}
