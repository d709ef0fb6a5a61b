import { describe, expect, it } from "vitest";

import { any, HandlerTable } from "../src/index.js";
import { group, idsOf, message, names } from "./fixtures.js";

// MARO's conditional events are where this event language comes from; these are its known faults.
describe("what went wrong in the predecessor cannot go wrong here", () => {
  it("a source is matched whole: `actor` is not `actor-critic`, nor `actor-1` `actor-11`", async () => {
    const peers = group({ actor: ["actor-1"], "actor-critic": ["actor-critic-1", "actor-11"] });
    const log: string[] = [];
    const table = new HandlerTable()
      .on("actor:x:1", () => void log.push("actor"))
      .on("actor-1:x:1", () => void log.push("actor-1"))
      .on("actor-critic:x:1", () => void log.push("actor-critic"));
    await table.dispatch(undefined, peers, message("x", "actor-critic-1"));
    await table.dispatch(undefined, peers, message("x", "actor-11"));
    expect(log).toEqual(["actor-critic", "actor-critic"]);
    await table.dispatch(undefined, peers, message("x", "actor-1"));
    expect(log.slice(2)).toEqual(["actor", "actor-1"]);
  });

  it("a percentage never rounds to zero", async () => {
    const fired: number[] = [];
    const peers = group({ actor: names("actor", 3) });
    const table = new HandlerTable().on(
      "actor:x:10%",
      (_local, _proxy, messages) => void fired.push(messages.length),
    );
    await table.membershipChanged(undefined, peers);
    expect(fired).toEqual([]);
    await table.dispatch(undefined, peers, message("x", "actor-0"));
    expect(fired).toEqual([1]);
  });

  it("an OR consumes the part that was met, not its first part", async () => {
    const fired: number[][] = [];
    const table = new HandlerTable().on(
      any("*:x:3", "*:y:1"),
      (_local, _proxy, messages) => void fired.push(idsOf(messages)),
    );
    const peers = group({ actor: names("actor", 1) });
    const [x1, x2, y, x3] = [message("x"), message("x"), message("y"), message("x")];
    for (const one of [x1, x2, y, x3]) await table.dispatch(undefined, peers, one);
    expect(fired).toEqual([[y.id], [x1.id, x2.id, x3.id]]);
  });

  it("a message that meets several events at once reaches them all", async () => {
    const fired: string[] = [];
    const table = new HandlerTable()
      .on("*:x:1", (_local, _proxy, messages) => void fired.push(`first ${idsOf(messages).join()}`))
      .on("actor:x:1", (_local, _proxy, messages) => void fired.push(`second ${idsOf(messages).join()}`))
      .on("actor-0:x:100%", (_local, _proxy, messages) => void fired.push(`third ${idsOf(messages).join()}`));
    const x = message("x", "actor-0");
    await table.dispatch(undefined, group({ actor: names("actor", 2) }), x);
    expect(fired).toEqual([`first ${x.id}`, `second ${x.id}`, `third ${x.id}`]);
    expect(table.pending).toBe(0);
  });
});
