import { describe, expect, it } from "vitest";

import { all, type DeadLetter, HandlerTable } from "../src/index.js";
import { group, message, names, recordingLogger } from "./fixtures.js";

const actors = group({ actor: names("actor", 2), evaluator: names("evaluator", 1) });

function setUp(pendingLimit?: number) {
  const letters: DeadLetter[] = [];
  const logger = recordingLogger();
  const table = new HandlerTable({
    pendingLimit,
    logger,
    onDeadLetter: (letter) => void letters.push(letter),
  });
  const send = async (type: string, source?: string) => {
    const one = message(type, source);
    await table.dispatch(undefined, actors, one);
    return one;
  };
  return { letters, logger, table, send };
}

describe("a message that no handler takes", () => {
  it("is a dead letter each time, and a warning once a type", async () => {
    const { letters, logger, send } = setUp();
    const sent = [await send("a"), await send("a"), await send("b")];
    expect(letters).toEqual(sent.map((one) => ({ reason: "no-handler", message: one })));
    expect(logger.warnings.map(({ fields }) => (fields as { type: string }).type)).toEqual(["a", "b"]);
  });

  it("says so when its type is handled, but not from its source", async () => {
    const { letters, logger, table, send } = setUp();
    table.on("actor:x:1", () => {});
    await send("x", "actor-0");
    const stray = await send("x", "evaluator-0");
    await send("x", "evaluator-0");
    expect(letters).toHaveLength(2);
    expect(letters[0]).toEqual({ reason: "not-matched", message: stray });
    expect(logger.warnings).toHaveLength(1);
  });

  it("is no dead letter when any handler takes it", async () => {
    const { letters, table, send } = setUp();
    table.on("actor:x:1", () => {}).on("x", () => {});
    await send("x", "evaluator-0");
    expect(letters).toEqual([]);
  });

  it("logs a bounded number of types, however many peers make up", async () => {
    const { letters, logger, send } = setUp();
    for (let i = 0; i < 1500; i++) await send(`type-${i}`);
    expect(letters).toHaveLength(1500);
    expect(logger.warnings).toHaveLength(1025);
    expect(logger.warnings.at(-1)!.text).toMatch(/no further kind is logged/);
  });

  it("makes dispatch reject when the callback throws, after the handlers ran", async () => {
    const table = new HandlerTable({
      logger: recordingLogger(),
      onDeadLetter: () => {
        throw new Error("callback");
      },
    });
    await expect(table.dispatch(undefined, actors, message("x"))).rejects.toThrow("callback");
  });
});

describe("messages beyond the pending limit", () => {
  it("are dead letters of that event, while other handlers still get them", async () => {
    const { letters, logger, table, send } = setUp(3);
    let each = 0;
    table.on(all("*:x:1", "*:go:1"), () => {}).on("x", () => void each++);
    for (let i = 0; i < 3; i++) await send("x");
    expect(letters).toEqual([]);
    const fourth = await send("x");
    await send("x");
    expect(letters).toHaveLength(2);
    expect(letters[0]).toEqual({ reason: "backlog-full", message: fourth, event: "all(*:x:1, *:go:1)" });
    expect(logger.warnings).toHaveLength(1);
    expect(table.pending).toBe(3);
    expect(each).toBe(5);
  });

  it("never keep an event from being met: each condition has its own room", async () => {
    const { letters, table, send } = setUp(3);
    const fired: number[] = [];
    table.on("all(*:x:1, *:go:1)", (_local, _proxy, messages) => void fired.push(messages.length));
    for (let i = 0; i < 10; i++) await send("x");
    await send("go");
    await send("go");
    await send("go");
    await send("go");
    expect(fired).toEqual([2, 2, 2]);
    expect(letters).toHaveLength(7);
  });

  it("never keep new senders from a distinct event", async () => {
    const { letters, table, send } = setUp(3);
    const fired: string[][] = [];
    table.on(
      "actor:x:100%",
      (_local, _proxy, messages) => void fired.push(messages.map(({ source }) => source)),
      {
        distinct: true,
      },
    );
    for (let i = 0; i < 10; i++) await send("x", "actor-0");
    await send("x", "actor-1");
    expect(fired).toEqual([["actor-0", "actor-1"]]);
    expect(letters).toHaveLength(7);
  });

  it("do not count what a percentage needs more", async () => {
    const letters: DeadLetter[] = [];
    const fired: number[] = [];
    const crowd = group({ actor: names("actor", 10) });
    const table = new HandlerTable({ onDeadLetter: (letter) => void letters.push(letter) }).on(
      "actor:x:100%",
      (_local, _proxy, messages) => void fired.push(messages.length),
      { pendingLimit: 3 },
    );
    for (const source of names("actor", 10)) await table.dispatch(undefined, crowd, message("x", source));
    expect(fired).toEqual([10]);
    expect(letters).toEqual([]);
  });
});
