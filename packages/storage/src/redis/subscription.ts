import { uniqueId, withDeadline } from "@troupe/core";

import { type ChangeFeed, missedChanges } from "../change-feed.js";
import type { RedisConnection } from "./connection.js";
import type { Names } from "./names.js";
import { probeScript } from "./scripts.js";

/** Milliseconds for a probe to come back. */
const probeTimeout = 10_000;

/**
 * Brings what the scripts publish to the feeds, on a connection of its own that lives while there is a feed.
 *
 * Published changes are counted. A probe tells the count and stands in the order of the changes: a feed
 * begins at its own probe, and after a broken connection a probe says whether changes were missed.
 */
export class Subscription {
  /** Feeds, and whether each has begun. */
  readonly #feeds = new Map<ChangeFeed, boolean>();
  readonly #probes = new Map<string, () => void>();
  #connection: RedisConnection | undefined;
  #subscribed: Promise<unknown> = Promise.resolve();
  /** Count of the last change seen; `undefined` before the first. */
  #sequence: number | undefined;
  #starting: Promise<unknown> | undefined;

  /** @param onStart Called when the first feed comes. */
  constructor(
    private readonly commands: RedisConnection,
    private readonly names: Names,
    private readonly onStart: () => void,
  ) {}

  /** Whether there are feeds. */
  get active(): boolean {
    return this.#connection !== undefined;
  }

  /** What a write must wait for, so that feeds asked for before it see it. Never rejects. */
  get starting(): Promise<unknown> | undefined {
    return this.#starting;
  }

  /** Feeds it what changes after this call. */
  async add(feed: ChangeFeed): Promise<void> {
    this.#feeds.set(feed, false);
    feed.onEnd(() => this.#remove(feed));
    if (feed.ended) return;
    const begun = this.#begin(feed);
    const starting = Promise.allSettled([this.#starting, begun]);
    this.#starting = starting;
    void starting.then(() => {
      if (this.#starting === starting) this.#starting = undefined;
    });
    await begun;
  }

  async #begin(feed: ChangeFeed): Promise<void> {
    const connection = (this.#connection ??= this.#connect());
    await this.#subscribed;
    if (this.#connection !== connection) return;
    await this.#probe(() => {
      if (this.#feeds.has(feed)) this.#feeds.set(feed, true);
    });
  }

  #connect(): RedisConnection {
    const connection = this.commands.duplicate();
    connection.client.on("messageBuffer", (_channel: Buffer, message: Buffer) => this.#receive(message));
    const subscribe = () =>
      connection.run(
        "subscription",
        (client) => client.subscribe(this.names.channel),
        {},
        { repeatable: true },
      );
    this.#subscribed = subscribe();
    let connected = false;
    connection.client.on("ready", () => {
      if (connected) this.#resume(subscribe());
      connected = true;
    });
    this.onStart();
    return connection;
  }

  /** Finds out, after a new connection, whether changes were missed in between. */
  #resume(subscribed: Promise<unknown>): void {
    this.#subscribed = subscribed;
    subscribed
      .then(() => this.#probe(() => {}))
      .catch((error: unknown) => this.#fail("Redis could not be asked after a broken connection", error));
  }

  /** Publishes a mark and calls back when it arrives here. */
  async #probe(onArrival: () => void): Promise<void> {
    const mark = uniqueId();
    const { sequence, channel } = this.names;
    const arrived = new Promise<void>((resolve) => {
      this.#probes.set(mark, () => {
        onArrival();
        resolve();
      });
    });
    try {
      await this.commands.script(probeScript, [sequence], [channel, mark], {}, { repeatable: true });
      await withDeadline(`subscription to ${this.commands.url}`, arrived, { timeout: probeTimeout });
    } finally {
      this.#probes.delete(mark);
    }
  }

  /** Takes `count id key`, where `id` is `-` for none, or `count ? mark`. */
  #receive(message: Buffer): void {
    const text = message.toString();
    const first = text.indexOf(" ");
    const second = text.indexOf(" ", first + 1);
    const count = Number(text.slice(0, first));
    const id = text.slice(first + 1, second);
    const rest = text.slice(second + 1);
    const expected = this.#sequence === undefined ? count : this.#sequence + (id === "?" ? 0 : 1);
    if (count !== expected)
      this.#fail("the connection to Redis was lost for a while, or Redis lost its data");
    this.#sequence = count;
    if (id === "?") {
      this.#probes.get(rest)?.();
      return;
    }
    for (const [feed, begun] of this.#feeds) {
      if (begun) feed.push(rest, id === "-" ? undefined : id);
    }
  }

  #fail(why: string, cause?: unknown): void {
    for (const [feed, begun] of [...this.#feeds]) {
      if (begun) feed.end(missedChanges(why, cause));
    }
  }

  #remove(feed: ChangeFeed): void {
    this.#feeds.delete(feed);
    if (this.#feeds.size > 0) return;
    this.#connection?.close();
    this.#connection = undefined;
    this.#sequence = undefined;
  }
}
