import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { generateClusterKey } from "@troupe/core";
import { Harness, noLeftovers } from "@troupe/testkit";
import { objects } from "@troupe/objects";
import { afterAll, describe, expect, it } from "vitest";

import { init, put } from "../src/index.js";

noLeftovers();
afterAll(() => objects.close());

const program = new URL("programs/host.mjs", import.meta.url);
const key = generateClusterKey();

describe("a cluster of several hosts", () => {
  it("brings objects and files to all of them before anybody asks", async () => {
    await using harness = await Harness.start();
    await using cluster = await init({ pools: 1, listen: "tcp://127.0.0.1:*", key });
    const files = join(harness.directory, "files");
    mkdirSync(files);
    const args = [cluster.address!, JSON.stringify({ pools: 1, objects: { files } })];
    const hosts = [0, 1].map(() => harness.spawn(program, { args, env: { TROUPE_KEY: key } }));
    const joined = [];
    for (const host of hosts) joined.push((await host.line(/^joined as (.*)/))[1]!);
    using ref = put(new Float64Array(1_000_000));
    const { hosts: there, failed } = await cluster.broadcast(ref);
    expect([...there].sort()).toEqual(["host-0", ...joined].sort());
    expect(failed.size).toBe(0);
    const source = join(harness.directory, "source");
    writeFileSync(source, "weights");
    await cluster.sendFile(source, joined[0]!, "models/weights");
    expect(readFileSync(join(files, "models/weights"), "utf8")).toBe("weights");
    for (const host of hosts) await host.stop();
  });
});
