import { Harness, waitUntil } from "@troupe/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ClientProcess } from "./client-process.js";
import { livenessTests } from "./liveness-tests.js";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(async () => {
  await harness.close();
});

describe("processes at one socket", () => {
  livenessTests(() => ({ harness, url: `ipc://${harness.runtimeDirectory}/registry.sock` }));
});

describe("processes at the default address", () => {
  it("find one registry, whoever comes first", async () => {
    const clients = Array.from({ length: 8 }, () => ClientProcess.launch(harness));
    await Promise.all(clients.map((client) => client.process.line("open ipc://")));
    const names = clients.map((_, index) => `client-${index}`);
    await Promise.all(clients.map((client, index) => client.join("race", names[index] ?? "")));
    for (const client of clients) expect((await client.members("race")).sort()).toEqual(names);
    const winners = await Promise.all(clients.map((client) => client.cas("race", undefined, "won")));
    expect(winners.filter((version) => version !== undefined)).toHaveLength(1);
    await Promise.all(clients.map((client) => client.close()));
  });

  it("find one registry also when they come upon the socket of one that was killed", async () => {
    const first = await ClientProcess.start(harness);
    await first.join("race", "first");
    await first.process.kill();
    const clients = Array.from({ length: 8 }, () => ClientProcess.launch(harness));
    await Promise.all(clients.map((client) => client.process.line("open ipc://")));
    await Promise.all(clients.map((client, index) => client.join("race", `client-${index}`)));
    for (const client of clients) expect(await client.members("race")).toHaveLength(clients.length);
    await Promise.all(clients.map((client) => client.close()));
  });

  it("take over from the process that served when it is killed, and miss nobody and nothing", async () => {
    const server = await ClientProcess.start(harness);
    const [writer, watcher, late] = [
      await ClientProcess.start(harness),
      await ClientProcess.start(harness),
      await ClientProcess.start(harness),
    ];
    await server.join("pool", "server");
    await writer.join("pool", "writer");
    await late.join("pool", "late");
    const kept = await writer.set("kept", { weights: [1, 2, 3] });
    const gone = await writer.set("gone", "soon");
    await writer.cas("gone", gone, undefined);
    await watcher.watch("pool");

    await server.process.kill();
    await waitUntil(() => watcher.watched?.join() === "writer,late", { what: "the takeover" });
    expect(watcher.left).toEqual(["server"]);
    expect(await late.get("kept")).toEqual({ value: { weights: [1, 2, 3] }, version: kept });
    expect(await late.get("gone")).toBeUndefined();
    // Versions go on where they were, and a cas by the old one works.
    const changed = await late.cas("kept", kept, "changed");
    expect(changed).toBeGreaterThan(kept);
    expect(await writer.cas("kept", kept, "too late")).toBeUndefined();
    await writer.join("pool", "more");
    await waitUntil(() => watcher.watched?.join() === "writer,late,more", { what: "the new member" });
    expect(watcher.left).toEqual(["server"]);
    for (const client of [writer, watcher, late]) await client.close();
  });

  it("take over again and again", async () => {
    const clients: ClientProcess[] = [];
    for (let index = 0; index < 5; index++) clients.push(await ClientProcess.start(harness));
    const last = clients.at(-1) as ClientProcess;
    for (const [index, client] of clients.entries()) await client.join("pool", `m${index}`);
    await last.watch("pool");
    await last.set("key", "value");
    const doomed = clients.slice(0, -1);
    for (const [index, client] of doomed.entries()) {
      await client.process.kill();
      await waitUntil(() => last.left.includes(`m${index}`), { what: `m${index} to be missed` });
    }
    // Each left once, in its turn, and nobody else did.
    expect(last.left).toEqual(doomed.map((_, index) => `m${index}`));
    expect(await last.get("key")).toMatchObject({ value: "value" });
    await last.close();
  });

  it("keep a member of whom only others know yet, until its lease ends", async () => {
    const server = await ClientProcess.start(harness);
    const sleeper = await ClientProcess.start(harness);
    const watcher = await ClientProcess.start(harness);
    await sleeper.join("pool", "sleeper", 60_000);
    await watcher.watch("pool");
    await sleeper.process.freeze();
    await server.process.kill();
    // Answered by the new server, which the sleeper has not come to.
    expect(await watcher.members("pool")).toEqual(["sleeper"]);
    await sleeper.process.resume();
    expect(await sleeper.members("pool")).toEqual(["sleeper"]);
    expect(watcher.left).toEqual([]);
    await watcher.close();
    await sleeper.close();
  });

  it("go on with another server when the one that served closes in order", async () => {
    const server = await ClientProcess.start(harness);
    const other = await ClientProcess.start(harness);
    await server.join("pool", "server");
    await other.join("pool", "other");
    await other.watch("pool");
    const version = await server.set("key", "of the server");
    expect(await other.get("key")).toEqual({ value: "of the server", version });
    await server.close();
    await waitUntil(() => other.watched?.join() === "other", { what: "the server to be missed" });
    // It read the value, so it can tell the new server, itself.
    expect(await other.get("key")).toEqual({ value: "of the server", version });
    expect(other.left).toEqual(["server"]);
    await other.close();
  });

  it("keep their places while the process that serves is busy for longer than their leases", async () => {
    const server = await ClientProcess.start(harness);
    const worker = await ClientProcess.start(harness);
    const watcher = await ClientProcess.start(harness);
    await worker.join("pool", "worker", 1_000);
    await watcher.watch("pool");
    await server.call("block", 1_500);
    // Asked after the pause, and answered by a server that has looked at its leases since.
    await server.join("pool", "marker");
    await waitUntil(() => watcher.watched?.join() === "worker,marker", { what: "the marker" });
    await server.process.kill();
    await waitUntil(() => watcher.watched?.join() === "worker", { what: "the marker to go" });
    expect(watcher.left).toEqual(["marker"]);
    await worker.close();
    await watcher.close();
  });

  it("remove the socket when the last of them closes", async () => {
    const [one, two] = [await ClientProcess.start(harness), await ClientProcess.start(harness)];
    await one.close();
    await two.set("key", "value");
    await two.close();
    // The harness fails when anything is left in the runtime directory.
  });
});
