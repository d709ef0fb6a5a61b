import { objects } from "@troupe/objects";
import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { failAt, pid, upTo, upToLater } from "./programs/tasks.mjs";
import { failureOf, startSystem } from "./support/start.js";

noLeftovers();

describe("a task that gives items", () => {
  it("gives their refs as they come", async () => {
    await using _ = await startSystem();
    const values: number[] = [];
    for await (const ref of upTo.submit(1_000)) {
      values.push(await objects.get(ref));
      ref.release();
    }
    expect(values).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
    const later: number[] = [];
    for await (const ref of upToLater.submit(10)) later.push(await objects.get(ref));
    expect(later).toHaveLength(10);
  });

  it("does not run ahead of whoever takes them, and lends its place meanwhile", async () => {
    await using running = await startSystem();
    const items = upToLater.submit(1_000, running.file);
    await items.next();
    expect(await objects.get(pid.submit())).toBeGreaterThan(0);
    await running.noted("item 63");
    expect(running.notes().length).toBeLessThanOrEqual(66);
    await items.return!();
  });

  it("ends when nobody wants more", async () => {
    await using running = await startSystem();
    for await (const ref of upToLater.submit(100_000, running.file)) {
      if ((await objects.get(ref)) === 3) break;
    }
    await running.noted("ended");
    expect(running.tasks.submitter.size).toBe(0);
  });

  it("fails at the item where it fails", async () => {
    await using _ = await startSystem();
    const items = failAt.submit(3);
    for (let index = 0; index < 3; index++) expect(await objects.get((await items.next()).value)).toBe(index);
    expect(await failureOf(items.next())).toBeInstanceOf(RangeError);
    expect((await items.next()).done).toBe(true);
  });

  it("goes on where it was when its pool dies, if it may run again", async () => {
    await using running = await startSystem();
    const items = upToLater.with({ retries: 1 }).submit(200, running.file);
    const values: number[] = [];
    for await (const ref of items) {
      values.push(await objects.get(ref));
      if (values.length === 20) process.kill(running.system.cluster.pools()[0]!.pid!, "SIGKILL");
    }
    expect(values).toEqual(Array.from({ length: 200 }, (_, index) => index));
  });
});
