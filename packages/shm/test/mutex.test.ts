import { closing, Harness, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Mutex, Segment } from "../src/index.js";
import { program } from "./fixtures.js";

noLeftovers();
const keep = closing();

/** A counter under a lock, and for each process how often it counted; see `programs/counter.mjs`. */
function sharedCounter() {
  const segment = keep(Segment.create("counter", 4096));
  const words = new Int32Array(segment.buffer);
  return {
    name: segment.name,
    mutex: new Mutex(words, 0),
    count: () => words[1]!,
    countsOf: (process: number) => Atomics.load(words, 2 + process),
    sum: () => words.subarray(2, 64).reduce((sum, count) => sum + count, 0),
  };
}

describe("a mutex", () => {
  it("is had by one at a time, and given back by that one only", () => {
    const { mutex } = sharedCounter();
    expect(mutex.lock()).toBe("acquired");
    expect(mutex.tryLock()).toBeUndefined();
    expect(() => mutex.lock()).toThrow(expect.objectContaining({ code: "ERR_DEADLOCK" }));
    mutex.unlock();
    expect(() => mutex.unlock()).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    expect(mutex.tryLock()).toBe("acquired");
    mutex.unlock();
  });

  it("gives up waiting when the time is over", async () => {
    await using harness = await Harness.start();
    const { mutex, name } = sharedCounter();
    await using holder = harness.spawn(program("counter.mjs"), { args: [name, "0", "hold"] });
    await holder.line("holding");
    expect(() => mutex.lock({ timeout: 30 })).toThrow(expect.objectContaining({ code: "ERR_TIMEOUT" }));
    expect(() => mutex.lock({ timeout: 0 })).toThrow(expect.objectContaining({ code: "ERR_TIMEOUT" }));
    expect(() => mutex.unlock()).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    await holder.kill();
    expect(mutex.lock()).toBe("abandoned");
    mutex.unlock();
    expect(mutex.lock()).toBe("acquired");
    mutex.unlock();
  });

  it("is taken over from a process that died with it, by whoever tries", async () => {
    await using harness = await Harness.start();
    const { mutex, name } = sharedCounter();
    await using holder = harness.spawn(program("counter.mjs"), { args: [name, "0", "hold"] });
    await holder.line("holding");
    expect(mutex.tryLock()).toBeUndefined();
    await holder.kill();
    expect(mutex.tryLock()).toBe("abandoned");
    mutex.unlock();
  });

  it("is taken over from a thread that ended with it, in a process that lives", async () => {
    await using harness = await Harness.start();
    const { mutex, name } = sharedCounter();
    await using holder = harness.spawn(program("counter.mjs"), { args: [name, "0", "hold-in-thread"] });
    await holder.line("thread ended");
    expect(mutex.lock()).toBe("abandoned");
    mutex.unlock();
    await holder.kill();
  });

  it("loses no update of several processes that count", async () => {
    await using harness = await Harness.start();
    const { count, countsOf, name } = sharedCounter();
    const counters = [0, 1, 2, 3].map((i) =>
      harness.spawn(program("counter.mjs"), { args: [name, `${i}`, "count", "20000"] }),
    );
    for (const counter of counters) await counter.line("counted");
    for (const counter of counters) expect(await counter.exited).toEqual({ code: 0, signal: null });
    expect([0, 1, 2, 3].map(countsOf)).toEqual([20000, 20000, 20000, 20000]);
    expect(count()).toBe(80000);
  });

  it("loses no update when some are killed at any moment, and lets the others go on", async () => {
    await using harness = await Harness.start();
    const { mutex, count, countsOf, sum, name } = sharedCounter();
    const spawn = (i: number, times: number) =>
      harness.spawn(program("counter.mjs"), { args: [name, `${i}`, "count", `${times}`] });
    const survivors = [spawn(0, 30000), spawn(1, 30000)];
    const victims = [2, 3, 4, 5].map((i) => spawn(i, Infinity));
    for (const [index, victim] of victims.entries()) {
      await waitUntil(() => countsOf(2 + index) > 500, { what: "the victim to count" });
      await victim.kill();
    }
    for (const survivor of survivors) await survivor.line("counted");
    for (const survivor of survivors) expect(await survivor.exited).toEqual({ code: 0, signal: null });
    expect([countsOf(0), countsOf(1)]).toEqual([30000, 30000]);
    // The last victim may have left it to us to mend.
    const repaired = mutex.lock() === "abandoned" ? sum() : count();
    mutex.unlock();
    expect(repaired).toBe(sum());
  });
});
