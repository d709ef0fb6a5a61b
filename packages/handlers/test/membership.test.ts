import { describe, expect, it } from "vitest";

import { any, type EventExpression, type Group, HandlerTable } from "../src/index.js";
import { group, message, names, recordingLogger } from "./fixtures.js";

function counting(event: string | EventExpression) {
  const fired: number[] = [];
  const table = new HandlerTable({ logger: recordingLogger() }).on(
    event,
    (_local, _proxy, delivered) => void fired.push([delivered].flat().length),
  );
  const send = (source: string, to: Group) => table.dispatch(undefined, to, message("x", source));
  return { fired, table, send };
}

const actors = (...living: string[]) => group({ actor: living });

describe("a percentage", () => {
  it.each([
    ["1%", 4, 1],
    ["50%", 3, 2],
    ["60%", 5, 3],
    ["33.4%", 3, 2],
    ["100%", 7, 7],
    // 0.07 × 100 is 7.000000000000001 in floating point: rounding that up would give 8.
    ["7%", 100, 7],
    ["0.1%", 1000, 1],
    ["0.1%", 1001, 2],
    ["14.5%", 200, 29],
  ])("%s of %i living members is %i messages", async (share, living, need) => {
    const all = group({ actor: names("actor", living) });
    const { fired, send } = counting(`actor:x:${share}`);
    for (let i = 1; i < need; i++) await send("actor-0", all);
    expect(fired).toEqual([]);
    await send("actor-0", all);
    expect(fired).toEqual([need]);
  });

  it("is of all members for *, and of one for a member's name", async () => {
    const mixed = group({ actor: names("actor", 3), evaluator: names("evaluator", 2) });
    const everyone = counting("*:x:100%");
    for (let i = 0; i < 5; i++) await everyone.send("actor-0", mixed);
    expect(everyone.fired).toEqual([5]);
    const one = counting("evaluator-1:x:50%");
    await one.send("actor-0", mixed);
    await one.send("evaluator-1", mixed);
    expect(one.fired).toEqual([1]);
  });

  it("follows members that leave: 100% of three with two received is met when the third dies", async () => {
    const { fired, table, send } = counting("actor:x:100%");
    await send("actor-0", actors("actor-0", "actor-1", "actor-2"));
    await send("actor-1", actors("actor-0", "actor-1", "actor-2"));
    expect(fired).toEqual([]);
    await table.membershipChanged(undefined, actors("actor-0", "actor-1"));
    expect(fired).toEqual([2]);
    expect(table.pending).toBe(0);
  });

  it("follows members that join", async () => {
    const { fired, table, send } = counting("actor:x:100%");
    await send("actor-0", actors("actor-0", "actor-1"));
    await table.membershipChanged(undefined, actors("actor-0", "actor-1", "actor-2"));
    await send("actor-1", actors("actor-0", "actor-1", "actor-2"));
    expect(fired).toEqual([]);
    await send("actor-2", actors("actor-0", "actor-1", "actor-2"));
    expect(fired).toEqual([3]);
  });

  it("may be met several times when many leave at once", async () => {
    const { fired, table, send } = counting("actor:x:100%");
    const six = group({ actor: names("actor", 6) });
    for (let i = 0; i < 5; i++) await send(`actor-${i}`, six);
    await table.membershipChanged(undefined, actors("actor-0", "actor-1"));
    expect(fired).toEqual([2, 2]);
    expect(table.pending).toBe(1);
  });

  it("of nobody waits until somebody lives", async () => {
    const { fired, table, send } = counting(any("actor:x:1%", "actor:x:100%"));
    await send("actor-0", actors("actor-0", "actor-1", "actor-2"));
    expect(fired).toEqual([1]);
    const all = counting("actor:x:100%");
    await all.send("actor-0", actors("actor-0", "actor-1"));
    await all.table.membershipChanged(undefined, group({ actor: [] }));
    await all.table.membershipChanged(undefined, group({}));
    expect(all.fired).toEqual([]);
    await all.table.membershipChanged(undefined, actors("actor-1"));
    expect(all.fired).toEqual([1]);
    expect(table.pending).toBe(0);
  });

  it("never runs a handler without a message", async () => {
    const { fired, table } = counting("*:x:1%");
    await table.membershipChanged(undefined, group({}));
    await table.membershipChanged(undefined, actors("actor-0"));
    await table.membershipChanged(undefined, group({}));
    expect(fired).toEqual([]);
  });
});

describe("the component of a sender", () => {
  it("is remembered after it left, so that its last messages count", async () => {
    const { fired, table, send } = counting("actor:x:2");
    await table.membershipChanged(undefined, actors("actor-0", "actor-1"));
    await table.membershipChanged(undefined, actors("actor-1"));
    await send("actor-0", actors("actor-1"));
    await send("actor-1", actors("actor-1"));
    expect(fired).toEqual([2]);
  });

  it("is found for a member that joined without notice", async () => {
    const { fired, table, send } = counting("actor:x:1");
    await table.membershipChanged(undefined, actors("actor-0"));
    await send("actor-9", actors("actor-0", "actor-9"));
    expect(fired).toEqual([1]);
  });

  it("is the one at the message's arrival, also when its name comes back under another", async () => {
    const { fired, table, send } = counting("actor:x:2");
    await send("m", group({ actor: ["m"] }));
    await table.membershipChanged(undefined, group({ evaluator: ["m"] }));
    await send("m", group({ evaluator: ["m"] }));
    expect(fired).toEqual([]);
    expect(table.pending).toBe(1);
    await table.membershipChanged(undefined, group({ actor: ["m"] }));
    await send("m", group({ actor: ["m"] }));
    expect(fired).toEqual([2]);
  });

  it("rejects from membershipChanged when a handler fails, after all have run", async () => {
    const ran: string[] = [];
    const table = new HandlerTable()
      .on("actor:x:100%", () => {
        ran.push("first");
        throw new Error("boom");
      })
      .on("actor:x:100%", async () => {
        await Promise.resolve();
        ran.push("second");
      });
    await table.dispatch(undefined, actors("actor-0", "actor-1"), message("x", "actor-0"));
    await expect(table.membershipChanged(undefined, actors("actor-0"))).rejects.toThrow("boom");
    expect(ran).toEqual(["first", "second"]);
  });
});
