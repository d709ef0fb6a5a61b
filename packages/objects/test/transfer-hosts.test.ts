import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { generateClusterKey } from "@troupe/core";
import { describeWithHosts, describeWithTwoHosts, Harness, type Host, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { pattern, sha256 } from "./support/exchanges.js";
import { RemoteHost } from "./support/remote-host.js";

const mebibyte = 1024 * 1024;
/** Makes a transfer last long enough to be in the middle of it. */
const slow = { chunkBytes: 1024, window: 1 };

/** A host in each of the networks, `host-0` the first; they meet at the first. */
async function startAll(
  harness: Harness,
  networks: readonly Host[],
  options: object = {},
): Promise<RemoteHost[]> {
  const env = { TROUPE_KEY: generateClusterKey() };
  const registry = `tcp://${networks[0]!.address}:7800`;
  const start = ({ under }: Host, index: number) =>
    RemoteHost.start(harness, registry, { ...options, name: `host-${index}` }, { env, under });
  // Whoever comes first serves the registry, and that is to be the first.
  const first = await start(networks[0]!, 0);
  const others = await Promise.all(networks.slice(1).map((network, index) => start(network, index + 1)));
  const hosts = [first, ...others];
  await waitUntil(
    async () =>
      (await Promise.all(hosts.map((host) => host.do<string[]>("hosts")))).every(isAll(hosts.length - 1)),
    { what: "all to see each other" },
  );
  return hosts;
}

function isAll(count: number) {
  return (names: readonly string[]) => names.length === count;
}

describeWithTwoHosts("two hosts on a network", ({ a, b }) => {
  it("pull objects of each other, and send files", async () => {
    await using harness = await Harness.start();
    const files = join(harness.directory, "files");
    mkdirSync(files);
    const [first, second] = await startAll(harness, [a, b], { files });
    const length = 9 * mebibyte + 1;
    const key = await second!.do<number>("pull", "host-0", await first!.do("put", length, 5));
    expect(await second!.do("sum", key)).toBe(sha256(pattern(length, 5)));
    const back = await first!.do<number>("pull", "host-1", await second!.do("put", 100, 6));
    expect(await first!.do("sum", back)).toBe(sha256(pattern(100, 6)));
    const source = join(harness.directory, "source");
    const content = pattern(3 * mebibyte, 7);
    writeFileSync(source, content, { mode: 0o600 });
    await first!.do("sendFile", source, "host-1", "a/file");
    expect(Buffer.compare(readFileSync(join(files, "a/file")), content)).toBe(0);
    for (const host of [first!, second!]) await host.close();
  });

  it("lose an object whose source is killed half way, and keep nothing of it", async () => {
    await using harness = await Harness.start();
    // The first serves the registry, so it is the second that dies.
    const [puller, source] = await startAll(harness, [a, b], slow);
    const key = await source!.do<number>("put", 16 * mebibyte, 1);
    const pulling = puller!.fail("pull", "host-1", key);
    await puller!.do("busy");
    await source!.process.kill();
    expect(await pulling).toMatchObject({ code: "ERR_OBJECT_LOST", cause: "ERR_PEER_LEFT" });
    expect(await puller!.do("stats")).toMatchObject({ objects: 0, memory: 0, inFlight: 0 });
    await puller!.close();
  });
});

describeWithHosts(5, "five hosts on a network", (networks) => {
  it("get an object through a tree, also when one in the middle of it is killed", async () => {
    await using harness = await Harness.start();
    const hosts = await startAll(harness, networks, slow);
    const [root, middle, ...rest] = hosts;
    const length = mebibyte;
    const key = await root!.do<number>("put", length, 9);
    // With a fanout of 1 they are a chain: all the others are behind the second.
    const names = hosts.slice(1).map(({ name }) => name);
    const running = root!.do<{ copies: [string, number][]; failed: [string, string][] }>(
      "broadcast",
      key,
      names,
      1,
    );
    await waitUntil(async () => (await middle!.do<{ lending: number }>("stats")).lending > 0, {
      what: "the middle to feed the next",
    });
    await middle!.process.kill();
    const { copies, failed } = await running;
    expect(failed).toEqual([["host-1", "ERR_PEER_LEFT"]]);
    expect(copies.map(([name]) => name)).toEqual(["host-2", "host-3", "host-4"]);
    for (const [index, host] of rest.entries())
      expect(await host.do("sum", copies[index]![1])).toBe(sha256(pattern(length, 9)));
    // The first last: the others need its registry to leave in order.
    for (const host of [...rest, root!]) await host.close();
  });
});

describe("hosts on one machine", () => {
  it("go on with another source when one is killed half way", async () => {
    await using harness = await Harness.start();
    const registry = `ipc://${harness.runtimeDirectory}/registry`;
    const [puller, doomed, other] = [
      await RemoteHost.start(harness, registry, slow),
      await RemoteHost.start(harness, registry),
      await RemoteHost.start(harness, registry),
    ];
    const length = 2 * mebibyte;
    const keys = [await doomed.do<number>("put", length, 3), await other.do<number>("put", length, 3)];
    const pulling = puller.do<number>("pull", doomed.name, keys[0], [[other.name, keys[1]]]);
    await doomed.do("busy");
    await doomed.process.kill();
    expect(await puller.do("sum", await pulling)).toBe(sha256(pattern(length, 3)));
    for (const host of [puller, other]) await host.close();
  });

  it("do not read or write files without permission", async () => {
    await using harness = await Harness.start();
    const registry = `ipc://${harness.runtimeDirectory}/registry`;
    const files = join(harness.directory, "files");
    const source = join(harness.directory, "source");
    mkdirSync(files);
    writeFileSync(source, "secret");
    // Root may read all, unless it is without the capability that says so.
    const under =
      process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];
    const sender = await RemoteHost.start(harness, registry, {}, { under });
    const receiver = await RemoteHost.start(harness, registry, { files }, { under });
    chmodSync(source, 0o000);
    expect(await sender.fail("sendFile", source, receiver.name, "f")).toMatchObject({
      code: "ERR_UNAUTHORIZED",
      details: { reason: "EACCES" },
    });
    chmodSync(source, 0o400);
    chmodSync(files, 0o500);
    expect(await sender.fail("sendFile", source, receiver.name, "f")).toMatchObject({
      code: "ERR_UNAUTHORIZED",
      details: { reason: "EACCES" },
    });
    expect(readdirSync(files)).toEqual([]);
    for (const host of [sender, receiver]) await host.close();
  });
});
