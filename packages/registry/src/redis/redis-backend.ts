import { decode, encode, type Logger, TroupeError } from "@troupe/core";
import type { Redis } from "ioredis";

import type { Backend, JoinOutcome, Seat, StoredValue, Write } from "../client/backend.js";
import { withoutPassword } from "../client/calls.js";
import { outcomeUnknown } from "../client/outcome-unknown.js";
import type { Member } from "../registry.js";
import { GroupReader, type LeasedSeat } from "./group-reader.js";
import { connectionSettings, type RedisFactory, RedisLink } from "./redis-link.js";
import { joinScript, leaveScript, renewScript, type Script, seatsScript, writeScript } from "./scripts.js";

/** Of all keys and channels. */
const prefix = "troupe:";

/** The driver for `redis://` and `rediss://`: leases by the server's clock, each step one script. */
export class RedisBackend implements Backend {
  readonly #commands: RedisLink;
  /** For announcements of changes; a connection of its own, made when something is watched. */
  #subscriptions: RedisLink | undefined;
  readonly #readers = new Map<string, Set<GroupReader>>();
  #wasUp = false;

  private constructor(
    readonly url: string,
    private readonly make: RedisFactory,
    private readonly log: Logger,
    onReconnected: () => void,
  ) {
    this.#commands = new RedisLink(url, make, log, () => {
      if (this.#wasUp) {
        for (const readers of this.#readers.values()) for (const reader of readers) reader.settle();
        onReconnected();
      }
      this.#wasUp = true;
    });
  }

  /**
   * Begins to connect.
   *
   * @param onReconnected Told when the connection was lost and is back.
   * @throws ERR_CONFIG when ioredis is not installed.
   */
  static async create(url: string, log: Logger, onReconnected: () => void): Promise<RedisBackend> {
    const { Redis } = await loadClient(url);
    return new RedisBackend(url, () => new Redis(url, connectionSettings), log, onReconnected);
  }

  get opened(): Promise<void> {
    return this.#commands.opened;
  }

  get connected(): boolean {
    return this.#commands.redis !== undefined;
  }

  get trouble(): string | undefined {
    return this.#commands.trouble;
  }

  async join(
    group: string,
    member: Member,
    ttl: number,
    evict: string | undefined,
    signal: AbortSignal,
  ): Promise<JoinOutcome> {
    const { name, incarnation } = member;
    const args = [channelOf(group), name, incarnation, ttl, evict ?? "", encode(member)];
    const { value } = await this.#run(joinScript, groupKey(group), args, signal);
    const [joined, detail] = value as [number, number | Buffer];
    if (joined === 1) return { seat: { member, ttl, order: Number(detail) } };
    return { holder: decode(detail as Buffer) as Member };
  }

  async renew(group: string, member: Member, ttl: number, signal: AbortSignal): Promise<boolean> {
    const args = [channelOf(group), member.name, member.incarnation, ttl];
    return (await this.#run(renewScript, groupKey(group), args, signal)).value === 1;
  }

  async leave(group: string, member: Member, signal: AbortSignal): Promise<void> {
    await this.#run(
      leaveScript,
      groupKey(group),
      [channelOf(group), member.name, member.incarnation],
      signal,
    );
  }

  seats(group: string, signal: AbortSignal): Promise<readonly LeasedSeat[]> {
    return this.#seats(group, 0, signal);
  }

  async get(key: string, signal: AbortSignal): Promise<StoredValue | undefined> {
    const { value: reply } = await this.#commands.call(
      (redis) => redis.hmgetBuffer(valueKey(key), "version", "value"),
      signal,
    );
    const [version, bytes] = reply;
    return version && bytes ? { version: Number(version.toString()), bytes } : undefined;
  }

  async set(key: string, write: Write, signal: AbortSignal): Promise<number> {
    return (await this.#write(key, write, [0], signal)).value as number;
  }

  async cas(
    key: string,
    expected: number | undefined,
    write: Write,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { value, resent } = await this.#write(key, write, [1, expected ?? ""], signal);
    if (value === null && resent) throw outcomeUnknown(withoutPassword(this.url), key);
    return (value as number | null) ?? undefined;
  }

  watch(group: string, onSeats: (seats: readonly Seat[]) => void): () => void {
    const read = (grace: number, signal: AbortSignal) => this.#seats(group, grace, signal);
    const reader = new GroupReader(read, onSeats, this.log);
    const readers = this.#readers.get(group) ?? new Set();
    this.#readers.set(group, readers.add(reader));
    if (readers.size === 1) this.#subscribe(group);
    return () => {
      reader.stop();
      readers.delete(reader);
      if (readers.size > 0 || this.#readers.get(group) !== readers) return;
      this.#readers.delete(group);
      this.#subscriptions?.redis?.unsubscribe(channelOf(group)).catch(() => {});
    };
  }

  retire(): void {
    this.#commands.retire();
  }

  async close(): Promise<void> {
    for (const readers of this.#readers.values()) for (const reader of readers) reader.stop();
    this.#readers.clear();
    await Promise.all([this.#commands.close(), this.#subscriptions?.close()]);
  }

  async #seats(group: string, grace: number, signal: AbortSignal): Promise<readonly LeasedSeat[]> {
    const args = [channelOf(group), Math.ceil(grace)];
    const { value } = await this.#run(seatsScript, groupKey(group), args, signal);
    return (value as [order: number, ttl: number, remaining: number, member: Buffer][])
      .map(([order, ttl, remaining, bytes]) => ({ order, ttl, remaining, member: decode(bytes) as Member }))
      .sort((a, b) => a.order - b.order);
  }

  #write(key: string, { bytes, id }: Write, comparison: (string | number)[], signal: AbortSignal) {
    const value = bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : "";
    return this.#run(writeScript, valueKey(key), [id, bytes ? 0 : 1, value, ...comparison], signal);
  }

  #run(script: Script, key: string, args: (string | number | Buffer)[], signal: AbortSignal) {
    return this.#commands.call(async (redis) => {
      try {
        return await redis.callBuffer("EVALSHA", script.digest, 1, key, ...args);
      } catch (error) {
        // A server that was just started, or had its scripts flushed.
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return redis.callBuffer("EVAL", script.source, 1, key, ...args);
      }
    }, signal);
  }

  #subscribe(group: string): void {
    if (this.#subscriptions) {
      const { redis } = this.#subscriptions;
      if (redis) this.#listen(redis, [group]);
      return;
    }
    this.#subscriptions = new RedisLink(this.url, this.make, this.log, (redis) => {
      redis.on("message", (channel: string) => this.#changed(groupOf(channel)));
      this.#listen(redis, [...this.#readers.keys()]);
    });
  }

  #changed(group: string): void {
    for (const reader of this.#readers.get(group) ?? []) reader.changed();
  }

  /** Listens for changes, and reads what may have changed before. */
  #listen(redis: Redis, groups: readonly string[]): void {
    if (groups.length === 0) return;
    redis.subscribe(...groups.map(channelOf)).then(
      () => {
        for (const group of groups) this.#changed(group);
      },
      // The connection broke, and the next one begins anew.
      (error: unknown) => this.log.debug({ err: error }, "A subscription failed."),
    );
  }
}

async function loadClient(url: string): Promise<{ readonly Redis: typeof Redis }> {
  try {
    return await import("ioredis");
  } catch (cause) {
    throw new TroupeError(
      "ERR_CONFIG",
      `The registry at ${withoutPassword(url)} needs the package ioredis, which is not installed: npm install ioredis.`,
      { cause },
    );
  }
}

function groupKey(group: string): string {
  return `${prefix}group:${group}`;
}

function valueKey(key: string): string {
  return `${prefix}key:${key}`;
}

const channelStem = `${prefix}changed:`;

function channelOf(group: string): string {
  return channelStem + group;
}

function groupOf(channel: string): string {
  return channel.slice(channelStem.length);
}
