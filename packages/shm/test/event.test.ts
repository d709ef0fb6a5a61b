import { closing, Harness, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Event, Segment } from "../src/index.js";
import { program } from "./fixtures.js";

noLeftovers();
const keep = closing();

describe("an event", () => {
  it("lets pass while it is set", () => {
    const event = new Event(new Int32Array(keep(Segment.create("event", 64)).buffer), 3);
    expect([event.isSet, event.wait(0), event.wait(20)]).toEqual([false, false, false]);
    event.set();
    event.set();
    expect([event.isSet, event.wait(), event.wait(0)]).toEqual([true, true, true]);
    event.reset();
    event.reset();
    expect([event.isSet, event.wait(0)]).toEqual([false, false]);
  });

  it("wakes all threads of all processes that wait for it", async () => {
    await using harness = await Harness.start();
    const segment = keep(Segment.create("event", 64));
    const event = new Event(new Int32Array(segment.buffer));
    await using one = harness.spawn(program("wait-for-event.mjs"), { args: [segment.name] });
    await using two = harness.spawn(program("wait-for-event.mjs"), { args: [segment.name] });
    for (const waiting of [one, two]) for (const _ of ["thread", "thread"]) await waiting.line("waits");
    event.set();
    for (const waiting of [one, two]) {
      expect(await waiting.exited).toEqual({ code: 0, signal: null });
      expect(waiting.lines.filter((line) => line === "passed")).toHaveLength(2);
    }
  });

  it("does not keep a thread that waits from being terminated", async () => {
    await using harness = await Harness.start();
    const segment = keep(Segment.create("event", 64));
    await using waiting = harness.spawn(program("wait-for-event.mjs"), { args: [segment.name, "terminate"] });
    await waiting.line("terminated");
    expect(await waiting.exited).toEqual({ code: 0, signal: null });
  });
});
