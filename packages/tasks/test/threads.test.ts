import { objects } from "@troupe/objects";
import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { exitInThread, failInThread, inThread, pid } from "./programs/tasks.mjs";
import { failureOf, startSystem } from "./support/start.js";

noLeftovers();

describe("a task in a thread", () => {
  it("runs beside its pool's main thread", async () => {
    await using _ = await startSystem();
    const [sum, process] = await objects.get(inThread.submit(1, 2));
    expect(sum).toBe(3);
    expect(process).toBe(await objects.get(pid.submit()));
  });

  it("fails with what it throws", async () => {
    await using _ = await startSystem();
    const error = await failureOf(objects.get(failInThread.submit()));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.stack).toContain("tasks.mjs");
  });

  it("takes nothing with it when it ends its thread", async () => {
    await using running = await startSystem();
    const before = await objects.get(pid.submit());
    const error = await failureOf(objects.get(exitInThread.submit()));
    expect(error).toMatchObject({ code: "ERR_ACTOR_DIED", details: { task: "exitInThread" } });
    expect(await objects.get(pid.submit())).toBe(before);
    expect(running.system.cluster.pools()[0]!.restarts).toBe(0);
  });
});
