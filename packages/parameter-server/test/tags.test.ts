import { ParameterServer, type VersionInfo } from "@troupe/parameter-server";
import { describe, expect, it } from "vitest";

import { tensors } from "./programs/actors.mjs";
import { clean, failureOf, large, startSystem } from "./support/start.js";

clean();

describe("a tag", () => {
  it("is listed with its newest version, and has the last of them", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create({ history: 3 });
    for (let version = 1; version <= 4; version++)
      await server.push("a", tensors(version), { info: version });
    await server.push("b", tensors(1));
    const list = await server.list();
    expect(list).toMatchObject([
      { tag: "a", version: 4, info: 4, versions: 3, count: 2, byteLength: 28 },
      { tag: "b", version: 1, info: undefined, versions: 1 },
    ]);
    const versions = await server.versions("a");
    expect(versions.map(({ version, info }) => [version, info])).toEqual([
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
    expect(new Set([...versions, ...list].map(({ id }) => id)).size).toBe(4);
    expect(versions.map(({ time }) => time)).toEqual(versions.map(({ time }) => time).sort());
  });

  it("is gone when it was deleted, but for those who have it, and its numbers go on", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1, large));
    await server.push("policy", tensors(2, large));
    using kept = await server.pull("policy");
    expect(await server.delete("policy")).toBe(true);
    expect(await server.delete("policy")).toBe(false);
    expect(await server.pull("policy", { newerThan: 0 })).toBeUndefined();
    expect(await failureOf(server.pull("policy"))).toMatchObject({ code: "ERR_CONFIG" });
    expect(await server.list()).toEqual([]);
    expect(kept.tensors).toEqual(tensors(2, large));
    // It may have another form now.
    expect(await server.push("policy", { other: { data: Int32Array.of(5), shape: [1] } })).toBe(3);
    expect((await server.pull("policy")).tensors).toEqual({ other: { data: Int32Array.of(5), shape: [1] } });
  });

  it("is duplicated without a copy, and the two go on by themselves", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create({ history: 1 });
    await server.push("policy", tensors(1, large), { info: "first" });
    expect(await server.duplicate("policy", "target")).toBe(1);
    await server.push("policy", tensors(2, large));
    expect(await server.pull("target")).toMatchObject({ tag: "target", version: 1, info: "first" });
    expect((await server.pull("target")).tensors).toEqual(tensors(1, large));
    expect(await server.duplicate("policy", "target")).toBe(2);
    await server.delete("policy");
    expect((await server.pull("target")).tensors).toEqual(tensors(2, large));
  });

  it("is watched from its newest version on", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1));
    await server.push("policy", tensors(2));
    const seen: VersionInfo[] = [];
    for await (const version of server.watch("policy")) {
      seen.push(version);
      if (version.version === 6) break;
      // Whoever is slow gets the newest.
      if (version.version === 2) for (let i = 3; i <= 5; i++) await server.push("policy", tensors(i));
      else await server.push("policy", tensors(6), { info: "last" });
    }
    expect(seen.map(({ version }) => version)).toEqual([2, 5, 6]);
    expect(seen[2]).toEqual(expect.objectContaining({ tag: "policy", info: "last", count: 2 }));
  });

  it("is watched no more by those who leave, or give up by their signal", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    const left = server.watch("policy");
    const item = left.next();
    await left.return?.();
    expect(await item).toEqual({ done: true, value: undefined });
    expect(await left.next()).toEqual({ done: true, value: undefined });
    const controller = new AbortController();
    const watching = server.watch("policy", { signal: controller.signal }).next();
    controller.abort();
    expect(await failureOf(watching)).toMatchObject({ code: "ERR_CANCELLED" });
  });
});
