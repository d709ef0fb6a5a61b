import { isTroupeError, type TroupeError } from "@troupe/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { all, any, HandlerTable } from "../src/index.js";

function errorOf(register: () => unknown): TroupeError {
  try {
    register();
  } catch (error) {
    if (isTroupeError(error)) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const onEvent = (event: string) => new HandlerTable().on(event, () => {});

describe("the event language", () => {
  it.each([
    "hello",
    "a.b/c_d-9",
    "actor:rollout:3",
    "actor/0:rollout:100%",
    "*:done:1",
    "*:done:0.5%",
    "actor:rollout:33.333333%",
    "all(actor:rollout:3, any(*:done:1, score))",
    "any(hello)",
    " hello ",
    "all( a:b:1 , c )",
    "all",
    "any:all:1",
  ])("takes %j", (event) => {
    expect(() => onEvent(event)).not.toThrow();
  });

  it.each<[event: string, position: number, problem: RegExp]>([
    ["", 0, /a message type or a source must stand here, not the end/],
    ["   ", 3, /not the end/],
    ["héllo", 1, /"é" cannot follow a whole event/],
    [":rollout:3", 0, /must stand here, not ":"/],
    ["actor:", 6, /a message type must stand here/],
    ["actor:rollout", 13, /an amount is missing/],
    ["actor::3", 6, /a message type must stand here, not ":"/],
    ["actor:*:3", 6, /the type of a message must be named/],
    ["actor:rollout:", 14, /positive integer or a percentage, not the end/],
    ["actor:rollout:many", 14, /positive integer or a percentage, not "m"/],
    ["actor:rollout:-1", 14, /not "-"/],
    ["actor:rollout:0", 14, /at least 1/],
    ["actor:rollout:1.5", 14, /only a percentage may have decimals/],
    ["actor:rollout:0%", 14, /above 0 and at most 100/],
    ["actor:rollout:100.1%", 14, /above 0 and at most 100/],
    ["actor:rollout:0.0000001%", 14, /at most 6 decimals/],
    ["actor:rollout:99999999999999999999", 14, /too large/],
    ["actor:rollout:3:4", 15, /":" cannot follow a whole event/],
    ["actor:rollout:3 4", 16, /"4" cannot follow a whole event/],
    ["actor :rollout:3", 6, /":" cannot follow a whole event/],
    ["*", 1, /a type and an amount are missing/],
    ["*done:1", 1, /":" must stand here, not "d"/],
    ["all()", 4, /must stand here, not "\)"/],
    ["all(a:b:1,)", 10, /not "\)"/],
    ["all(a:b:1", 9, /"," or the "\)" of all\( is missing/],
    ["all(a:b:1))", 10, /cannot follow/],
    ["both(a:b:1)", 0, /only all\(…\) and any\(…\) combine/],
    ["all(a:b:1, any(c:d:))", 19, /positive integer/],
  ])("refuses %j, pointing at character %i", (event, position, problem) => {
    const error = errorOf(() => onEvent(event));
    expect(error.code).toBe("ERR_CONFIG");
    expect(error.message).toMatch(problem);
    expect(error.details).toEqual({ event, position });
    const lines = error.message.split("\n");
    const caret = lines.findIndex((line) => /^ *\^$/.test(line));
    expect(lines[caret]!.length - 1).toBe(position + 2);
    expect(lines[caret - 1]).toBe(`  ${event}`);
  });

  it("refuses malformed parts where they are combined", () => {
    expect(errorOf(() => all("actor:rollout:3", "actor:rollout")).details).toEqual({
      event: "actor:rollout",
      position: 13,
    });
    expect(errorOf(() => (any as () => unknown)()).message).toMatch(/any\(\) combines nothing/);
    expect(errorOf(() => all(7 as unknown as string)).code).toBe("ERR_CONFIG");
    expect(errorOf(() => all(null as unknown as string)).code).toBe("ERR_CONFIG");
  });

  it("refuses events beyond its bounds", () => {
    const deep = (depth: number) => "all(".repeat(depth) + "a:b:1" + ")".repeat(depth);
    expect(() => onEvent(deep(32))).not.toThrow();
    expect(errorOf(() => onEvent(deep(33))).message).toMatch(/nested more than 32 deep/);
    expect(errorOf(() => all(deep(32))).message).toMatch(/nested more than 32 deep/);
    expect(errorOf(() => onEvent("a".repeat(4097))).message).toMatch(/longer than 4096/);
    expect(errorOf(() => new HandlerTable({ pendingLimit: 5 }).on("a:b:6", () => {})).message).toMatch(
      /needs 6 messages but may hold 5/,
    );
  });

  it("refuses options and handlers that mean nothing", () => {
    const table = new HandlerTable();
    expect(errorOf(() => table.on("hello", () => {}, { distinct: true })).message).toMatch(
      /distinct has no meaning/,
    );
    expect(errorOf(() => table.on("hello", () => {}, { pendingLimit: 5 })).message).toMatch(
      /pendingLimit has no/,
    );
    expect(errorOf(() => table.on("a:b:1", () => {}, { pendingLimit: 0 })).message).toMatch(
      /whole number from 1/,
    );
    expect(errorOf(() => new HandlerTable({ pendingLimit: 1.5 })).message).toMatch(/not 1.5/);
    expect(errorOf(() => table.on("hello", undefined as never)).message).toMatch(
      /"hello" must be a function/,
    );
    expect(errorOf(() => HandlerTable.from({ hello: 5 as never })).code).toBe("ERR_CONFIG");
    class NotASpec {}
    for (const spec of [new NotASpec(), undefined, null, "hello"]) {
      expect(errorOf(() => HandlerTable.from(spec as never)).message).toMatch(/give handlersOf\(instance\)/);
    }
  });

  it("takes or refuses any string, and never breaks otherwise", () => {
    const piece = fc.constantFrom(
      "all",
      "any",
      "(",
      ")",
      ",",
      ":",
      "*",
      "a",
      "3",
      "60%",
      "0",
      ".",
      "%",
      " ",
      "é",
      "💥",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join("")),
        ),
        (event) => {
          try {
            onEvent(event);
          } catch (error) {
            if (!isTroupeError(error, "ERR_CONFIG")) throw error;
            expect(error.details["position"]).toBeLessThanOrEqual(event.length);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
