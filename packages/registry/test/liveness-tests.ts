import { type Harness, waitUntil } from "@troupe/testkit";
import { expect, it } from "vitest";

import { ClientProcess } from "./client-process.js";

/** Milliseconds; long enough that a busy machine does not end it, short enough to wait for. */
const ttl = 700;

/** What becomes of members whose processes die or stand still, the same for every driver. */
export function livenessTests(start: () => { readonly harness: Harness; readonly url: string }): void {
  it("drops a member whose process was killed, and tells those who watch", async () => {
    const { harness, url } = start();
    const watcher = await ClientProcess.start(harness, url);
    const victim = await ClientProcess.start(harness, url);
    await victim.join("pool", "victim", ttl);
    await watcher.join("pool", "stays");
    await watcher.watch("pool");
    expect(watcher.watched).toEqual(["victim", "stays"]);
    await victim.process.kill();
    await waitUntil(() => watcher.watched?.join() === "stays", { what: "the victim to be dropped" });
    expect(watcher.left).toEqual(["victim"]);
    expect(await watcher.members("pool")).toEqual(["stays"]);
    await watcher.close();
  });

  it("hands the name of a killed process on at once, long before its lease ends", async () => {
    const { harness, url } = start();
    const heir = await ClientProcess.start(harness, url);
    const victim = await ClientProcess.start(harness, url);
    const former = await victim.join("heirs", "name", 3_600_000);
    await victim.process.kill();
    const incarnation = await heir.join("heirs", "name");
    expect(incarnation).not.toBe(former);
    expect(await heir.members("heirs")).toEqual(["name"]);
    await heir.close();
  });

  it("drops a member whose process stands still, and takes it in again where its name is still free", async () => {
    const { harness, url } = start();
    const other = await ClientProcess.start(harness, url);
    const sleeper = await ClientProcess.start(harness, url);
    await sleeper.join("naps", "free", ttl);
    await sleeper.join("thieves", "stolen", ttl);
    await other.watch("naps");
    await sleeper.process.freeze();
    await expect(other.join("thieves", "stolen")).rejects.toMatchObject({ code: "ERR_NAME_TAKEN" });
    await waitUntil(() => other.watched?.length === 0, { what: "the sleeper to be dropped" });
    await waitUntil(async () => (await other.members("thieves")).length === 0, { what: "the other name" });
    await other.join("thieves", "stolen");
    await sleeper.process.resume();
    await waitUntil(() => other.watched?.join() === "free", { what: "the sleeper to come back" });
    await sleeper.process.line("ended stolen ERR_NAME_TAKEN");
    expect(await other.members("thieves")).toEqual(["stolen"]);
    expect(sleeper.process.stdout).not.toContain("ended free");
    await other.close();
    await sleeper.close();
  });

  it("loses no increment of four processes that count by cas", async () => {
    const { harness, url } = start();
    const clients = await Promise.all(Array.from({ length: 4 }, () => ClientProcess.start(harness, url)));
    await Promise.all(clients.map((client) => client.call("count", "total", 25)));
    expect(await clients[0]?.get("total")).toMatchObject({ value: 100 });
    await Promise.all(clients.map((client) => client.close()));
  });

  it("lets a process end that has joined and watches, once nothing else keeps it", async () => {
    const { harness, url } = start();
    const idle = harness.spawn(new URL("programs/idle.mjs", import.meta.url), {
      env: { TROUPE_REGISTRY: url },
    });
    await idle.line("joined");
    expect(await idle.exited).toEqual({ code: 0, signal: null });
  });
}
