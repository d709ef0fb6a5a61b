import { TroupeError, type WaitOptions, withDeadline } from "@troupe/core";

import type { ChangeFeed } from "../change-feed.js";
import type { Payload, StorageDriver, StoredEntry, VersionId } from "../driver.js";
import { notANumber } from "../payload.js";
import { encodeRecord, headerBytes, recordPayload, recordVersion } from "../record.js";
import { nextVersion, versionCode, versionId } from "../version.js";
import { RedisConnection } from "./connection.js";
import { ExpiryReports } from "./expiry-reports.js";
import { type Names, namesOf } from "./names.js";
import {
  addScript,
  casScript,
  deleteScript,
  entriesScript,
  keysScript,
  putScript,
  type Script,
} from "./scripts.js";
import { Subscription } from "./subscription.js";

const keysPage = 1000;
const entriesPage = 16;
const defaultPrefix = "troupe:storage";

/** Milliseconds within which an update must have won against the other writers of its key. */
const updateTimeout = 10_000;

/** Longest pause before an update tries again, in milliseconds. */
const longestPause = 64;

/**
 * @param url `redis://…` or `rediss://…`, `?prefix=` names one store of several in a database.
 * @throws ERR_CONFIG, ERR_TIMEOUT, ERR_UNAUTHORIZED
 */
export async function openRedis(url: string, options: WaitOptions): Promise<StorageDriver> {
  const { server, prefix, database } = parse(url);
  const connection = await RedisConnection.open(server, url);
  try {
    await connection.ready(options);
  } catch (error) {
    connection.close();
    throw error;
  }
  return new RedisDriver(connection, namesOf(prefix, database));
}

/** Every write is one script, so that it is atomic; the record holds the version that `cas` compares. */
class RedisDriver implements StorageDriver {
  readonly #connection: RedisConnection;
  readonly #names: Names;
  readonly #subscription: Subscription;
  readonly #reports: ExpiryReports;
  /** Updates of this process under way, by key: they take turns instead of competing. */
  readonly #updates = new Map<string, Promise<unknown>>();

  constructor(connection: RedisConnection, names: Names) {
    this.#connection = connection;
    this.#names = names;
    this.#reports = new ExpiryReports(connection, names, () => this.#subscription.active);
    this.#subscription = new Subscription(connection, names, () => this.#reports.expect(0));
  }

  get url(): string {
    return this.#connection.url;
  }

  async get(key: string, wait?: WaitOptions): Promise<Payload | undefined> {
    const record = await this.#record(key, wait);
    return record === undefined ? undefined : recordPayload(record);
  }

  async id(key: string, wait?: WaitOptions): Promise<VersionId | undefined> {
    const name = this.#names.records + key;
    const header = await this.#connection.run(
      "id",
      (client) => client.getrangeBuffer(name, 0, headerBytes - 1),
      wait,
      {
        repeatable: true,
      },
    );
    return header.length === 0 ? undefined : recordVersion(header);
  }

  async put(key: string, payload: Payload, ttl: number | undefined, wait?: WaitOptions): Promise<VersionId> {
    const version = nextVersion();
    const id = versionId(version);
    const record = encodeRecord(payload, version, undefined);
    await this.#write(putScript, key, [record, this.#ttl(ttl), id], wait);
    return id;
  }

  async cas(
    key: string,
    id: VersionId | undefined,
    payload: Payload,
    ttl: number | undefined,
    wait?: WaitOptions,
  ): Promise<VersionId | undefined> {
    return this.#replace(key, id, payload, this.#ttl(ttl), wait);
  }

  async delete(key: string, wait?: WaitOptions): Promise<boolean> {
    return (await this.#write(deleteScript, key, [], wait)) === 1;
  }

  async add(key: string, by: number, init: number, wait?: WaitOptions): Promise<number> {
    const version = nextVersion();
    const header = encodeRecord(0, version, undefined).subarray(0, headerBytes);
    const args = [header, versionId(version), double(by), double(init)];
    const sum = await this.#write(addScript, key, args, wait);
    if (!Buffer.isBuffer(sum)) throw notANumber(key);
    return sum.readDoubleBE();
  }

  async update(
    key: string,
    change: (payload: Payload | undefined) => Payload | undefined,
    wait?: WaitOptions,
  ): Promise<void> {
    const turn = this.#updates.get(key);
    const done = (turn ?? Promise.resolve()).then(() => this.#update(key, change, wait));
    const settled = done.catch(() => {});
    this.#updates.set(key, settled);
    try {
      await done;
    } finally {
      if (this.#updates.get(key) === settled) this.#updates.delete(key);
    }
  }

  async *keys(prefix: string, wait?: WaitOptions): AsyncGenerator<readonly string[]> {
    const bytes = Buffer.from(prefix);
    let from = prefix === "" ? Buffer.from("-") : Buffer.concat([Buffer.from("["), bytes]);
    const to =
      prefix === "" ? Buffer.from("+") : Buffer.concat([Buffer.from("("), bytes, Buffer.from([0xff])]);
    for (;;) {
      const args = [this.#names.records, from, to, String(keysPage)];
      const answer = await this.#connection.script(keysScript, [this.#names.index], args, wait, {
        repeatable: true,
      });
      const [count, last, found] = answer as [number, Buffer, Buffer[]];
      yield found.map(String);
      if (count < keysPage) return;
      from = Buffer.concat([Buffer.from("("), last]);
    }
  }

  async *entries(keys: readonly string[] | undefined, wait?: WaitOptions): AsyncGenerator<StoredEntry> {
    const pages = keys === undefined ? this.keys("", wait) : [keys];
    for await (const page of pages) {
      for (let start = 0; start < page.length; start += entriesPage) {
        yield* await this.#entries(page.slice(start, start + entriesPage), wait);
      }
    }
  }

  watch(feed: ChangeFeed): Promise<void> {
    return this.#subscription.add(feed);
  }

  close(): Promise<void> {
    this.#reports.stop();
    return this.#connection.drain();
  }

  async #record(key: string, wait?: WaitOptions): Promise<Buffer | undefined> {
    const name = this.#names.records + key;
    const record = await this.#connection.run("get", (client) => client.getBuffer(name), wait, {
      repeatable: true,
    });
    return record ?? undefined;
  }

  async #write(
    script: Script,
    key: string,
    args: readonly (string | Buffer)[],
    wait?: WaitOptions,
  ): Promise<unknown> {
    if (this.#subscription.starting !== undefined) await this.#subscription.starting;
    const { records, index, expiries, sequence, channel } = this.#names;
    return this.#connection.script(
      script,
      [records + key, index, expiries, sequence],
      [channel, key, ...args],
      wait,
    );
  }

  async #replace(
    key: string,
    expected: VersionId | undefined,
    payload: Payload | undefined,
    ttl: string,
    wait?: WaitOptions,
  ): Promise<VersionId | undefined> {
    const code = expected === undefined ? Buffer.alloc(0) : versionCode(expected);
    if (code === undefined) return undefined;
    const version = nextVersion();
    const id = versionId(version);
    const record = payload === undefined ? Buffer.alloc(0) : encodeRecord(payload, version, undefined);
    return (await this.#write(casScript, key, [record, ttl, id, code], wait)) === 1 ? id : undefined;
  }

  /** Reads, changes and writes back until nobody was in between. */
  async #update(
    key: string,
    change: (payload: Payload | undefined) => Payload | undefined,
    wait: WaitOptions = {},
  ): Promise<void> {
    const { signal, timeout = updateTimeout } = wait;
    const controller = new AbortController();
    const attempts = async () => {
      for (let pause = 1; !controller.signal.aborted; pause = Math.min(pause * 2, longestPause)) {
        const record = await this.#record(key, wait);
        const payload = change(record === undefined ? undefined : recordPayload(record));
        if (payload === undefined && record === undefined) return;
        const expected = record === undefined ? undefined : recordVersion(record);
        if (await this.#replace(key, expected, payload, record === undefined ? "" : "keep", wait)) return;
        // Jitter, so that those who compete do not meet again.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * pause));
      }
    };
    try {
      await withDeadline(`update of "${key}" in ${this.url}`, attempts(), { signal, timeout });
    } finally {
      controller.abort();
    }
  }

  async #entries(keys: readonly string[], wait?: WaitOptions): Promise<StoredEntry[]> {
    const names = keys.map((key) => this.#names.records + key);
    const answer = await this.#connection.script(entriesScript, names, [], wait, { repeatable: true });
    const found = answer as readonly (Buffer | number | null)[];
    const now = Date.now();
    return keys.flatMap((key, i) => {
      const record = found[2 * i];
      const left = Number(found[2 * i + 1]);
      if (!Buffer.isBuffer(record)) return [];
      return [{ key, payload: recordPayload(record), expiresAt: left < 0 ? undefined : now + left }];
    });
  }

  #ttl(ttl: number | undefined): string {
    if (ttl === undefined) return "";
    this.#reports.expect(ttl);
    return String(Math.ceil(ttl));
  }
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

function parse(url: string): { server: string; prefix: string; database: number } {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new TroupeError(
      "ERR_CONFIG",
      "A Redis URL is redis://[user:password@]host:port/db[?prefix=name].",
      { cause },
    );
  }
  const database = /^\/?(\d{0,4})$/.exec(parsed.pathname)?.[1];
  if (database === undefined) {
    throw new TroupeError(
      "ERR_CONFIG",
      `The database of a Redis URL is a number, not "${parsed.pathname.slice(1)}".`,
    );
  }
  const prefix = parsed.searchParams.get("prefix") ?? defaultPrefix;
  parsed.search = "";
  return { server: parsed.href, prefix, database: Number(database) };
}
