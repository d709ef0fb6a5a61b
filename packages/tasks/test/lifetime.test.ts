import { objects } from "@troupe/objects";
import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { add, hold, large, noteDown, total } from "./programs/tasks.mjs";
import { failureOf, startSystem } from "./support/start.js";

noLeftovers();

describe("a cluster that closes", () => {
  it("fails what is not over, and takes nothing more", async () => {
    const running = await startSystem();
    const first = hold.submit(running.file, 100);
    const second = add.submit(1, 2);
    const third = add.submit(second, 2);
    await running.noted("in");
    await running.close();
    for (const ref of [first, second, third])
      expect(await failureOf(objects.get(ref as never))).toMatchObject({ code: "ERR_CLOSED" });
    expect(() => add.submit(1, 2)).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
  });
});

describe("a large value that is an argument", () => {
  it("is in the store for as long as its task may need it", async () => {
    const running = await startSystem();
    const before = objects.stats().store?.objects ?? 0;
    using sum = total.submit(new Float64Array(100_000).fill(2));
    expect(await objects.get(sum)).toBe(200_000);
    // Views that its pool has not collected go with the pool.
    await running.close();
    expect(objects.stats().store?.objects).toBe(before);
  });
});

describe("a result that was lost", () => {
  it("is computed again, with what it was made of, as often as was said", async () => {
    await using running = await startSystem();
    const made = large.with({ retries: 1 }).submit(100_000, 2);
    const note = noteDown.with({ retries: 1 });
    await objects.get(note.submit(running.file, "once"));
    const sum = () => objects.get(total.submit(made));
    expect(await sum()).toBe(200_000);
    loseAll();
    expect(await sum()).toBe(200_000);
    loseAll();
    expect(await failureOf(sum())).toMatchObject({ code: "ERR_OBJECT_LOST" });
  });

  it("is lost without retries", async () => {
    await using _ = await startSystem();
    const made = large.submit(100_000, 2);
    await objects.whenReady(made);
    loseAll();
    expect(await failureOf(objects.get(made))).toMatchObject({ code: "ERR_OBJECT_LOST" });
  });
});

/** As if whatever held the memory of the store's objects had gone: this process is called "here" by the store that it has. */
function loseAll(): void {
  objects.hostStore.processEnded("here");
}
