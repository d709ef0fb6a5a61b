import { describe, expect, it } from "vitest";

import {
  all,
  any,
  type EventExpression,
  type Group,
  HandlerTable,
  type HandlerOptions,
} from "../src/index.js";
import { group, idsOf, message, names, recordingLogger } from "./fixtures.js";

const four = group({ actor: names("actor", 4), evaluator: names("evaluator", 2) });

/** A table with one event, and what it fired with. */
function watch(event: string | EventExpression, options?: HandlerOptions) {
  const fired: number[][] = [];
  const table = new HandlerTable({ logger: recordingLogger() }).on(
    event,
    (_local, _proxy, messages) => void fired.push(idsOf(messages as never)),
    options,
  );
  const send = async (type: string, source?: string, to: Group = four) => {
    const one = message(type, source);
    await table.dispatch(undefined, to, one);
    return one.id;
  };
  return { fired, send, table };
}

describe("an event with counts", () => {
  it("is met by that many messages of its source, and gets exactly those, in order", async () => {
    const { fired, send, table } = watch("actor:rollout:3");
    const a = await send("rollout", "actor-0");
    await send("rollout", "evaluator-0");
    await send("done", "actor-1");
    const b = await send("rollout", "actor-1");
    expect(fired).toEqual([]);
    const c = await send("rollout", "actor-0");
    expect(fired).toEqual([[a, b, c]]);
    expect(table.pending).toBe(0);
  });

  it("is met again and again in a burst", async () => {
    const { fired, send, table } = watch("*:x:2");
    for (let i = 0; i < 7; i++) await send("x");
    expect(fired.map((ids) => ids.length)).toEqual([2, 2, 2]);
    expect(table.pending).toBe(1);
  });

  it("takes a member's name as its source", async () => {
    const { fired, send } = watch("actor-2:x:2");
    await send("x", "actor-1");
    const a = await send("x", "actor-2");
    const b = await send("x", "actor-2");
    expect(fired).toEqual([[a, b]]);
  });

  it("takes a message from anyone for *, also of no known member", async () => {
    const { fired, send } = watch("*:x:2");
    const a = await send("x", "stranger");
    const b = await send("x", "evaluator-0");
    expect(fired).toEqual([[a, b]]);
  });

  it("counts a message for each event that it matches", async () => {
    const log: (number | string)[] = [];
    const table = new HandlerTable()
      .on("*:x:2", (_local, _proxy, messages) => void log.push(`any two: ${idsOf(messages).join()}`))
      .on("actor:x:2", (_local, _proxy, messages) => void log.push(`two actors: ${idsOf(messages).join()}`))
      .on("x", (_local, _proxy, { id }) => void log.push(id));
    const a = message("x", "actor-0");
    const b = message("x", "actor-1");
    await table.dispatch(undefined, four, a);
    await table.dispatch(undefined, four, b);
    expect(log).toEqual([a.id, `any two: ${a.id},${b.id}`, `two actors: ${a.id},${b.id}`, b.id]);
  });
});

describe("all(…)", () => {
  it("is met when each part is, and consumes what each needs", async () => {
    const { fired, send, table } = watch(all("actor:x:2", "evaluator:score:1"));
    const x = [await send("x"), await send("x"), await send("x")];
    expect(fired).toEqual([]);
    const score = await send("score", "evaluator-0");
    expect(fired).toEqual([[x[0], x[1], score]]);
    expect(table.pending).toBe(1);
  });

  it("lets one message help several parts, and hands it over once", async () => {
    const { fired, send, table } = watch(all("*:x:2", "actor-1:x:1", "x"));
    const a = await send("x", "actor-0");
    expect(fired).toEqual([]);
    const b = await send("x", "actor-1");
    expect(fired).toEqual([[a, b]]);
    expect(table.pending).toBe(0);
  });

  it("hands no message over twice: what one part consumed is gone for the others", async () => {
    const { fired, send, table } = watch(any("actor-0:x:1", "*:x:3"));
    const a = await send("x", "actor-1");
    const b = await send("x", "actor-0");
    expect(fired).toEqual([[b]]);
    const c = await send("x", "actor-1");
    expect(fired).toHaveLength(1);
    const d = await send("x", "actor-1");
    expect(fired[1]).toEqual([a, c, d]);
    expect(table.pending).toBe(0);
  });
});

describe("any(…)", () => {
  it("is met when one part is, and the other parts keep their messages", async () => {
    const { fired, send, table } = watch(any("*:x:2", "*:y:2"));
    const x = await send("x");
    const y1 = await send("y");
    const y2 = await send("y");
    expect(fired).toEqual([[y1, y2]]);
    expect(table.pending).toBe(1);
    const x2 = await send("x");
    expect(fired[1]).toEqual([x, x2]);
  });

  it("consumes every part that is met at once", async () => {
    const { fired, send, table } = watch(any("*:x:50%", "*:y:50%"));
    const nobody = group({});
    const x = await send("x", "actor-0", nobody);
    const y = await send("y", "actor-0", nobody);
    expect(fired).toEqual([]);
    await table.membershipChanged(undefined, group({ actor: ["actor-0"] }));
    expect(fired).toEqual([[x, y]]);
  });

  it("nests with all(…), as functions and as a string alike", async () => {
    for (const event of [
      all("*:go:1", any("actor:x:2", all("*:y:1", "z"))),
      "all(*:go:1, any(actor:x:2, all(*:y:1, z)))",
      all("go", "any(actor:x:2, all(y, z))"),
    ]) {
      const { fired, send, table } = watch(event);
      const y = await send("y");
      const x = await send("x");
      const go = await send("go");
      expect(fired).toEqual([]);
      const z = await send("z");
      expect(fired).toEqual([[y, go, z]]);
      const go2 = await send("go");
      const x2 = await send("x");
      expect(fired[1]).toEqual([x, go2, x2]);
      expect(table.pending).toBe(0);
    }
  });
});

describe("{ distinct: true }", () => {
  it("counts senders, consumes the oldest message of each, and keeps the others for the next time", async () => {
    const { fired, send, table } = watch("actor:x:2", { distinct: true });
    const a1 = await send("x", "actor-0");
    const a2 = await send("x", "actor-0");
    const a3 = await send("x", "actor-0");
    expect(fired).toEqual([]);
    const b1 = await send("x", "actor-1");
    expect(fired).toEqual([[a1, b1]]);
    expect(table.pending).toBe(2);
    const b2 = await send("x", "actor-1");
    expect(fired[1]).toEqual([a2, b2]);
    const c1 = await send("x", "actor-2");
    expect(fired[2]).toEqual([a3, c1]);
    expect(table.pending).toBe(0);
  });

  it("counts a percentage of senders", async () => {
    const { fired, send } = watch("actor:x:75%", { distinct: true });
    for (let i = 0; i < 10; i++) await send("x", "actor-3");
    await send("x", "actor-1");
    expect(fired).toEqual([]);
    await send("x", "actor-2");
    expect(fired).toHaveLength(1);
    expect(fired[0]).toHaveLength(3);
  });
});
