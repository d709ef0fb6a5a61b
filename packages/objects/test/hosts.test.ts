import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { describeWithHosts, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { pattern, sha256 } from "./support/exchanges.js";
import { HostCluster, statsOf } from "./support/host-cluster.js";
import type { RemoteHost } from "./support/remote-host.js";

noLeftovers();

const mebibyte = 1024 * 1024;
const length = 3 * mebibyte + 5;
const sum = sha256(pattern(length, 7));

/** Waits until the owner of an object knows it to be in those stores, in that order. */
async function untilIn(owner: RemoteHost, id: string, stores: readonly string[]): Promise<void> {
  const isSo = async () => isDeepStrictEqual(await owner.do("stores", id), stores);
  await waitUntil(isSo, { what: `${id} to be in ${stores.join(" and ")}` });
}

/** A reference of one process is with another as well. */
async function share(id: string, from: RemoteHost, ...to: readonly RemoteHost[]): Promise<void> {
  for (const process of to) await from.do("send", id, process.name);
}

describe("an object of another host", () => {
  it("is pulled once for all processes of a host, which read it in place, and goes with the object", async () => {
    await using cluster = await HostCluster.start();
    const a = await cluster.process({ name: "a" });
    const b = await cluster.process({ name: "b" });
    const readers = [
      await cluster.process({ name: "b-1", store: "b" }),
      await cluster.process({ name: "b-2", store: "b" }),
    ];
    await a.do("put", "x", length, 7);
    await share("x", a, b, ...readers);
    expect(await Promise.all([b, ...readers].map((process) => process.do("get", "x")))).toEqual([
      sum,
      sum,
      sum,
    ]);
    expect(await statsOf(b)).toMatchObject({ hosts: { copies: 1, pulls: 1 }, store: { objects: 1 } });
    await untilIn(a, "x", ["a", "b"]);
    for (const process of [b, ...readers, a]) await process.do("release", "x");
    await cluster.untilEmpty(a, b);
    expect(await statsOf(b)).toMatchObject({ hosts: { copies: 0 } });
  });

  it("is got from the process that put it, though the store is another's", async () => {
    await using cluster = await HostCluster.start();
    const a = await cluster.process({ name: "a" });
    const maker = await cluster.process({ name: "a-1", store: "a" });
    const b = await cluster.process({ name: "b" });
    const reader = await cluster.process({ name: "b-1", store: "b" });
    await maker.do("put", "x", length, 7);
    await share("x", maker, reader);
    expect(await reader.do("get", "x")).toBe(sum);
    await untilIn(maker, "x", ["a", "b"]);
    // The death of the owner ends the object and its copy.
    await cluster.kill(maker);
    await reader.do("release", "x");
    await cluster.untilEmpty(a, b);
  });

  it("that was computed there is the asker's, and its memory goes with the last reference", async () => {
    await using cluster = await HostCluster.start();
    const a = await cluster.process({ name: "a" });
    const b = await cluster.process({ name: "b" });
    await cluster.process({ name: "b-1", store: "b" });
    await a.do("compute", "x", "b-1", length, 7);
    await untilIn(a, "x", ["b"]);
    expect(await a.do("get", "x")).toBe(sum);
    await untilIn(a, "x", ["b", "a"]);
    await a.do("release", "x");
    await cluster.untilEmpty(a, b);
  });

  it("comes from disk where it is on disk", async () => {
    await using cluster = await HostCluster.start();
    const spill = join(cluster.harness.directory, "disk");
    const a = await cluster.process({ name: "a", capacity: 5 * mebibyte, spill });
    const b = await cluster.process({ name: "b" });
    await a.do("put", "x", length, 7);
    await a.do("put", "y", length, 8);
    expect((await statsOf(a)).store?.spilled).toBeGreaterThan(0);
    await share("x", a, b);
    await share("y", a, b);
    expect(await b.do("get", "x")).toBe(sum);
    expect(await b.do("get", "y")).toBe(sha256(pattern(length, 8)));
    for (const id of ["x", "y"]) for (const process of [a, b]) await process.do("release", id);
    await cluster.untilEmpty(a, b);
  });

  it("is a copy that goes first when room is needed, and is had again", async () => {
    await using cluster = await HostCluster.start();
    const a = await cluster.process({ name: "a" });
    const b = await cluster.process({ name: "b", capacity: 5 * mebibyte });
    const reader = await cluster.process({ name: "b-1", store: "b" });
    await a.do("put", "x", length, 7);
    await share("x", a, reader);
    expect(await reader.do("get", "x")).toBe(sum);
    await waitUntil(async () => (await reader.do("collect"), (await statsOf(b)).store?.pinned === 0), {
      what: "nobody to look at it",
    });
    // Without a disk there would be no room for it.
    await b.do("put", "y", length, 8);
    await untilIn(a, "x", ["a"]);
    // And this is no copy.
    expect(await reader.fail("get", "x")).toMatchObject({ code: "ERR_STORE_FULL" });
    await b.do("release", "y");
    expect(await reader.do("get", "x")).toBe(sum);
    expect(await statsOf(b)).toMatchObject({ hosts: { copies: 1, pulls: 2 } });
  });

  it("is ERR_STORE_FULL where there is no room for it, and stays what it is", async () => {
    await using cluster = await HostCluster.start();
    const a = await cluster.process({ name: "a" });
    const b = await cluster.process({ name: "b", capacity: mebibyte });
    const c = await cluster.process({ name: "c" });
    await a.do("put", "x", length, 7);
    await share("x", a, b, c);
    expect(await b.fail("get", "x")).toMatchObject({ code: "ERR_STORE_FULL" });
    expect(await c.do("get", "x")).toBe(sum);
    expect(await statsOf(b)).toMatchObject({ store: { objects: 0 } });
  });
});

describe("when a host is lost", () => {
  const big = 24 * mebibyte;

  it("in the middle of a pull, its objects are, and nothing of them stays", async () => {
    await using cluster = await HostCluster.start();
    const c = await cluster.process({ name: "c" });
    const a = await cluster.process({ name: "a" });
    const b = await cluster.process({ name: "b" });
    // What the owner, which lives, had computed at the host that is lost, and cannot have computed again.
    await c.do("compute", "x", "a", big, 7);
    await share("x", c, b);
    const getting = b.fail("get", "x");
    await a.do("lending");
    await cluster.kill(a);
    expect(await getting).toMatchObject({ code: "ERR_OBJECT_LOST" });
    expect(await c.fail("get", "x")).toMatchObject({ code: "ERR_OBJECT_LOST" });
    expect((await statsOf(b)).store?.objects ?? 0).toBe(0);
  });

  it("what can be computed again is, elsewhere", async () => {
    await using cluster = await HostCluster.start();
    const c = await cluster.process({ name: "c" });
    const a = await cluster.process({ name: "a" });
    const b = await cluster.process({ name: "b" });
    await c.do("compute", "x", "a", length, 7, "b");
    await share("x", c, b);
    await cluster.kill(a);
    expect(await b.do("get", "x")).toBe(sum);
    await untilIn(c, "x", ["b"]);
    expect(await c.do("get", "x")).toBe(sum);
    for (const process of [b, c]) await process.do("release", "x");
    await cluster.untilEmpty(b, c);
  });

  it("a copy elsewhere takes the place of the object, for all who refer to it", async () => {
    await using cluster = await HostCluster.start();
    const c = await cluster.process({ name: "c" });
    const a = await cluster.process({ name: "a" });
    const b = await cluster.process({ name: "b" });
    const reader = await cluster.process({ name: "b-1", store: "b" });
    await c.do("compute", "x", "a", length, 7);
    await share("x", c, reader);
    expect(await reader.do("get", "x")).toBe(sum);
    await reader.do("release", "x");
    await cluster.kill(a);
    await untilIn(c, "x", ["b"]);
    expect(await c.do("get", "x")).toBe(sum);
    await untilIn(c, "x", ["b", "c"]);
    await c.do("release", "x");
    await cluster.untilEmpty(b, c);
  });

  it("those who wait for its process get the error, and others of its host's objects go on", async () => {
    await using cluster = await HostCluster.start();
    const a = await cluster.process({ name: "a" });
    const b = await cluster.process({ name: "b" });
    const doomed = await cluster.process({ name: "b-1", store: "b" });
    const other = await cluster.process({ name: "b-2", store: "b" });
    await a.do("put", "x", big, 7);
    await share("x", a, doomed, other);
    await doomed.do("view", "x");
    await cluster.kill(doomed);
    await waitUntil(async () => (await statsOf(b)).store?.pinned === 0, { what: "its pins to go" });
    expect(await other.do("get", "x")).toBe(sha256(pattern(big, 7)));
    expect(await statsOf(b)).toMatchObject({ hosts: { pulls: 1 } });
  });
});

describe("to other hosts", () => {
  it("a broadcast brings an object before they ask, and says who has it not", async () => {
    await using cluster = await HostCluster.start();
    const a = await cluster.process({ name: "a" });
    const maker = await cluster.process({ name: "a-1", store: "a" });
    const others = [
      await cluster.process({ name: "b" }),
      await cluster.process({ name: "c" }),
      await cluster.process({ name: "d", capacity: mebibyte }),
    ];
    await maker.do("put", "x", length, 7);
    const { there, failed } = await maker.do<{ there: string[]; failed: [string, string][] }>(
      "broadcast",
      "x",
      ["a", "b", "c", "d"],
      1,
    );
    expect(there).toEqual(["a", "b", "c"]);
    expect(failed).toEqual([["d", "ERR_STORE_FULL"]]);
    const [b, c] = others as [RemoteHost, RemoteHost];
    await share("x", maker, b, c);
    for (const host of [b, c]) {
      expect(await host.do("get", "x")).toBe(sum);
      expect(await statsOf(host)).toMatchObject({ hosts: { copies: 1, pulls: 1 } });
    }
    await untilIn(maker, "x", ["a", "b", "c"]);
    for (const process of [b, c, maker]) await process.do("release", "x");
    await cluster.untilEmpty(a, b, c);
  });

  it("files go, from any process of a host, into the folder that the other takes them in", async () => {
    await using cluster = await HostCluster.start();
    const { directory } = cluster.harness;
    const files = join(directory, "files");
    mkdirSync(files);
    await cluster.process({ name: "a" });
    const sender = await cluster.process({ name: "a-1", store: "a" });
    await cluster.process({ name: "b", files });
    const source = join(directory, "source");
    writeFileSync(source, pattern(length, 7));
    await sender.do("sendFile", source, "b", "in/file");
    expect(sha256(readFileSync(join(files, "in/file")))).toBe(sum);
    expect(await sender.fail("sendFile", source, "a", "in/file")).toMatchObject({ code: "ERR_UNAUTHORIZED" });
  });
});

describeWithHosts(3, "three hosts on a network", ([first, second, third]) => {
  it("give each other objects, and another copy when one is lost", async () => {
    await using cluster = await HostCluster.start({ c: first!, a: second!, b: third! });
    const c = await cluster.process({ name: "c" });
    const a = await cluster.process({ name: "a" });
    const b = await cluster.process({ name: "b" });
    await c.do("compute", "x", "a", length, 7);
    await share("x", c, b);
    expect(await b.do("get", "x")).toBe(sum);
    await b.do("release", "x");
    await cluster.kill(a);
    await untilIn(c, "x", ["b"]);
    expect(await c.do("get", "x")).toBe(sum);
    await c.do("release", "x");
    await cluster.untilEmpty(b, c);
  });
});
