import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { LastLines } from "../src/output/last-lines.js";
import { LineAssembler } from "../src/output/line-assembler.js";
import { tag } from "../src/output/tag.js";

function assembled(chunks: readonly string[]): string[] {
  const lines: string[] = [];
  const assembler = new LineAssembler((path, text) => lines.push(`${path}: ${text}`));
  for (const chunk of chunks) assembler.add(chunk);
  assembler.end();
  return lines;
}

describe("lines of output", () => {
  it("bear the path of who wrote them", () => {
    expect(assembled([`${tag("a-0")}one\ntwo\n${tag("b-0")}three\n${tag("")}four\n`])).toEqual([
      "a-0: one",
      "a-0: two",
      "b-0: three",
      ": four",
    ]);
  });

  it("are kept until they are whole, each apart", () => {
    expect(assembled([`${tag("a-0")}one, `, `${tag("b-0")}other, `, `${tag("a-0")}two\n`, `rest`])).toEqual([
      "a-0: one, two",
      "b-0: other, ",
      "a-0: rest",
    ]);
  });

  it("are the same however the output is cut into chunks", () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom("\n", "\r\n", "\n\n"),
      fc.constantFrom("a-0", "a-0/b-1", "").map(tag),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat(60)), (pieces, cuts) => {
        const text = pieces.join("");
        const at = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
        const chunks = at.slice(1).map((end, index) => text.slice(at[index], end));
        expect(assembled(chunks)).toEqual(assembled([text]));
      }),
    );
  });

  it("are cut when they are very long", () => {
    const lines = assembled(["x".repeat(100_000), "x".repeat(50_000), "\n", "y\n"]);
    expect(lines.map((line) => line.length - ": ".length)).toEqual([65_536, 65_536, 18_928, 1]);
  });

  it("of very many actors at once are given before they are whole", () => {
    const lines = assembled([Array.from({ length: 100 }, (_, index) => `${tag(`a-${index}`)}x`).join("")]);
    expect(lines).toHaveLength(100);
    expect(lines[0]).toBe("a-0: x");
  });

  it("may begin with half a tag that never ends", () => {
    const text = `\u0001${"x".repeat(5_000)}\n`;
    expect(assembled([text.slice(0, 100), text.slice(100)])).toEqual([`: ${text.trimEnd()}`]);
  });
});

it("of the last lines thirty are kept, none longer than a thousand characters", () => {
  const last = new LastLines();
  for (let line = 0; line < 100; line++) last.add(String(line));
  last.addText(`${"x".repeat(5_000)}\nend`);
  expect(last.toArray()).toHaveLength(30);
  expect(last.toArray().map(({ length }) => length)).toContain(1_000);
  expect(last.toArray().at(-1)).toBe("end");
});

it("the log is not among the last lines", () => {
  const last = new LastLines();
  last.add("before");
  for (let line = 0; line < 100; line++) last.add(`{"level":40,"msg":"slow"}`);
  last.add("after");
  expect(last.toArray()).toEqual(["before", "after"]);
});
