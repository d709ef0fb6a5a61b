import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

import { Harness, waitUntil } from "@troupe/testkit";
import { open } from "lmdb";
import { describe, expect, it } from "vitest";

import { openStorage } from "../src/index.js";
import { appendChanges, logKey, readChanges, renewWatch, trim, watchLease } from "../src/lmdb/change-log.js";
import { openEnvironment } from "../src/lmdb/environment.js";

const programs = new URL("programs/", import.meta.url);

describe("lmdb:", () => {
  it("keeps what it holds from one opening to the next", async () => {
    await using harness = await Harness.start();
    const url = `lmdb:${join(harness.directory, "deep", "in", "store.dir")}`;
    const first = await openStorage(url);
    const id = await first.put("key", new Map([[1, "one"]]));
    await first.put("number", 7);
    await first.close();
    await using second = await openStorage(url);
    expect(await second.get("key")).toEqual(new Map([[1, "one"]]));
    expect(await second.id("key")).toBe(id);
    expect(await second.incr("number")).toBe(8);
  });

  it("takes paths of every form, and shows the absolute one", async () => {
    await using harness = await Harness.start();
    const directory = join(harness.directory, "store");
    for (const path of [directory, `//${directory}`, relative(process.cwd(), directory)]) {
      const storage = await openStorage(`lmdb:${path}`);
      expect(storage.url).toBe(`lmdb:${directory}`);
      await storage.close();
    }
  });

  it("refuses a directory that it cannot use or that holds something else, and leaves it", async () => {
    await using harness = await Harness.start();
    const path = (name: string) => join(harness.directory, name);
    await writeFile(path("file"), "text");
    await mkdir(path("garbage"));
    await writeFile(join(path("garbage"), "data.mdb"), randomBytes(100_000));
    const foreign = open({ path: path("foreign"), noSubdir: false });
    await foreign.put("theirs", 1);
    await foreign.close();
    const newer = open({ path: path("newer"), noSubdir: false });
    await newer.openDB("facts", { encoding: "binary" }).put("format", Buffer.from([99]));
    await newer.close();
    const names = ["file", "file/below", "garbage", "foreign", "newer"];
    for (const name of names) {
      await expect(openStorage(`lmdb:${path(name)}`), name).rejects.toMatchObject({ code: "ERR_CONFIG" });
    }
    await expect(openStorage("lmdb:")).rejects.toMatchObject({ code: "ERR_CONFIG" });
    const again = open({ path: path("foreign"), noSubdir: false });
    expect(again.get("theirs")).toBe(1);
    await again.close();
  });

  it("grows far beyond its first size while two processes use it", async () => {
    await using harness = await Harness.start();
    const url = `lmdb:${join(harness.directory, "store")}`;
    await using storage = await openStorage(url);
    const child = harness.spawn(new URL("put-one.mjs", programs), { args: [url] });
    await child.line("ready");
    for (let round = 0; round < 8; round++) {
      await Promise.all(
        Array.from({ length: 64 }, (_, i) => storage.put(`${round}/${i}`, randomBytes(20_000))),
      );
      await child.send(`child/${round} -`);
      await child.line(`put child/${round}`);
      expect(await storage.get(`child/${round}`)).toBe(`child/${round}`);
    }
    expect(await storage.get<Uint8Array>("7/63")).toHaveLength(20_000);
    await child.kill();
  });

  it("sees a write of another process as soon as it hears of it", async () => {
    await using harness = await Harness.start();
    const url = `lmdb:${join(harness.directory, "store")}`;
    await using storage = await openStorage(url);
    const child = harness.spawn(new URL("put-one.mjs", programs), { args: [url] });
    await child.line("ready");
    for (let round = 0; round < 50; round++) {
      const answer = child.line(/put key (\S+)/);
      await child.send("key -");
      // Reads all the while keep a snapshot open that is older than the answer.
      let answered = false;
      void answer.then(() => (answered = true));
      while (!answered) {
        await storage.get("key");
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await storage.id("key")).toBe((await answer)[1]);
    }
    await child.kill();
  });

  it("is not held up by a process that was killed while it wrote", async () => {
    await using harness = await Harness.start();
    const url = `lmdb:${join(harness.directory, "store")}`;
    await using storage = await openStorage(url);
    for (let round = 0; round < 5; round++) {
      const writer = harness.spawn(new URL("writer.mjs", programs), { args: [url, `${round}`] });
      await writer.line(`/${round * 3}/`);
      await writer.kill("SIGKILL");
      expect(await storage.incr("count", 1, 0, { timeout: 10_000 })).toBe(round + 1);
    }
  });

  it("drops a write that its caller gave up before it was begun", async () => {
    await using harness = await Harness.start();
    await using storage = await openStorage(`lmdb:${join(harness.directory, "store")}`);
    const controller = new AbortController();
    const put = storage.put("key", 1, { signal: controller.signal });
    controller.abort();
    await expect(put).rejects.toMatchObject({ code: "ERR_CANCELLED" });
    await storage.put("after", 1);
    expect(await storage.has("key")).toBe(false);
  });

  it("removes expired keys by itself, also those set by a process that is gone", async () => {
    await using harness = await Harness.start();
    const url = `lmdb:${join(harness.directory, "store")}`;
    const child = harness.spawn(new URL("put-one.mjs", programs), { args: [url] });
    await child.line("ready");
    for (let i = 0; i < 20; i++) await child.send(`key-${i} 10`);
    await child.line("put key-19");
    await child.kill();
    await using storage = await openStorage(url);
    await storage.put("stays", 1);
    // What is left in the file itself is what a sweep has not removed.
    const raw = open({ path: url.slice("lmdb:".length), noSubdir: false, readOnly: true });
    const values = raw.openDB({ name: "values", encoding: "binary", keyEncoding: "binary" });
    const left = () => {
      values.resetReadTxn();
      return [...values.getKeys({ start: Buffer.from([0]) })].map(String);
    };
    await waitUntil(() => left().length === 1, { what: "the sweep" });
    expect(left()).toEqual(["stays"]);
    await raw.close();
  });

  it("watches on when others overwhelm it, or says that it missed something", async () => {
    await using harness = await Harness.start();
    const url = `lmdb:${join(harness.directory, "store")}`;
    await using storage = await openStorage(url);
    await using other = await openStorage(url);
    await using watch = storage.watch("key/");
    await watch.ready;
    const count = 3000;
    await Promise.all(Array.from({ length: count }, (_, i) => other.put(`key/${i}`, i)));
    const seen = new Set<string>();
    while (seen.size < count) seen.add((await watch.next()).value!.key);
    expect(seen).toContain(`key/${count - 1}`);
  });

  it("writes no log of changes while nobody watches", async () => {
    await using harness = await Harness.start();
    const directory = join(harness.directory, "store");
    const storage = await openStorage(`lmdb:${directory}`);
    for (let i = 0; i < 10; i++) await storage.put(`key/${i}`, i);
    await storage.close();
    const raw = open({ path: directory, noSubdir: false });
    expect(raw.openDB({ name: "changes", keyEncoding: "binary" }).getKeysCount()).toBe(0);
    await raw.close();
  });
});

describe("the log of changes", () => {
  it("keeps the newest entries, and tells a reader of dropped ones that it missed something", async () => {
    await using harness = await Harness.start();
    const environment = openEnvironment(join(harness.directory, "store"));
    const start = logKey({ transaction: 0, offset: 0 });
    for (let i = 0; i < 10; i++) {
      environment.root.transactionSync(() => appendChanges(environment, [[`key-${i}`, null]]));
    }
    const before = readChanges(environment, start);
    expect(before.missed).toBe(false);
    expect(before.changes.map(({ key }) => key)).toEqual(Array.from({ length: 10 }, (_, i) => `key-${i}`));
    environment.root.transactionSync(() => trim(environment, 4));
    const after = readChanges(environment, start);
    expect(after.missed).toBe(true);
    expect(after.changes.map(({ key }) => key)).toEqual(["key-6", "key-7", "key-8", "key-9"]);
    expect(readChanges(environment, logKey(after.changes[1]!.position)).missed).toBe(false);
    expect(readChanges(environment, before.next)).toEqual({ changes: [], next: before.next, missed: false });
    await environment.root.close();
  });

  it("splits the changes of a large commit, and loses none", async () => {
    await using harness = await Harness.start();
    const environment = openEnvironment(join(harness.directory, "store"));
    const changes = Array.from({ length: 700 }, (_, i) => [`key-${i}`, `id-${i}`] as const);
    environment.root.transactionSync(() => appendChanges(environment, changes));
    const page = readChanges(environment, logKey({ transaction: 0, offset: 0 }));
    expect(page.changes.map(({ key, id }) => [key, id])).toEqual(changes);
    expect(page.changes.map(({ position }) => position.offset)).toEqual(changes.map((_, i) => i));
    await environment.root.close();
  });

  it("knows a watch that was renewed in time from one that lapsed", async () => {
    await using harness = await Harness.start();
    const environment = openEnvironment(join(harness.directory, "store"));
    const renew = (now: number) => environment.root.transactionSync(() => renewWatch(environment, now));
    expect([renew(0), renew(watchLease - 1), renew(2 * watchLease)]).toEqual([false, true, false]);
    await environment.root.close();
  });

  it("ends a watch whose place in it was dropped", async () => {
    await using harness = await Harness.start();
    const directory = join(harness.directory, "store");
    await using storage = await openStorage(`lmdb:${directory}`);
    const watch = storage.watch();
    await watch.ready;
    const environment = openEnvironment(directory);
    environment.root.transactionSync(() => {
      appendChanges(environment, [["key", null]]);
      trim(environment, 0);
    });
    await expect(watch.next()).rejects.toMatchObject({ code: "ERR_MAILBOX_FULL" });
    await environment.root.close();
  });
});
