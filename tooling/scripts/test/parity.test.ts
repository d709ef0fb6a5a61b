import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = await readFile(`${root}/docs/parity.md`, "utf8");

/** A test as the page names it: `proxy/test/closing.test.ts › close › may be called any number of times`. */
interface Proof {
  readonly path: string;
  /** Of the test, behind those of the groups that it is in. */
  readonly names: readonly string[];
}

describe("docs/parity.md", () => {
  it("names tests that exist", async () => {
    const wrong: string[] = [];
    for (const { path, names } of proofs(page)) {
      const file = `${root}/${/^(apps|tooling)\//.test(path) ? "" : "packages/"}${path}`;
      const source = existsSync(file) ? await readFile(file, "utf8") : "";
      const groups = names.slice(0, -1);
      const exists =
        testNames(source).has(names.at(-1) ?? "") && groups.every((name) => groupNames(source).has(name));
      if (!exists) wrong.push([path, ...names].join(" › "));
    }
    expect(wrong).toEqual([]);
    expect(proofs(page).length).toBeGreaterThan(0);
  });

  it("has a test for each feature, or says that it is not there yet", () => {
    const bare = tableRows(page).filter(
      (row) => proofs(row).length === 0 && !/\| not there yet\b[^|]*\|$/.test(row),
    );
    expect(bare).toEqual([]);
    expect(tableRows(page).length).toBeGreaterThan(0);
  });

  it("looks for names as tests are written", () => {
    const source = `
      it("a plain one", () => {});
      it.runIf(true)("one under a condition", () => {});
      it.each([1])("one of several", () => {});
      test('one in other "quotes"', () => {});
      it(
        "one on a line of its own", () => {});
      describe("a group", () => {});
      describeWithRedis("a group with Redis", () => {});
      describeWithHosts(5, "a group with hosts", () => {});
      expect("a text").toBe("a text");`;
    expect([...testNames(source)]).toEqual([
      "a plain one",
      "one under a condition",
      "one of several",
      'one in other "quotes"',
      "one on a line of its own",
    ]);
    expect([...groupNames(source)]).toEqual(["a group", "a group with Redis", "a group with hosts"]);
  });
});

function proofs(markdown: string): Proof[] {
  // A name that has backticks in it stands between doubled ones.
  const spans = markdown.matchAll(/(?<!`)(?:``([^\n|]+?)``|`([^`\n|]+)`)(?!`)/g);
  return [...spans].flatMap(([, doubled, single]) => {
    const [path = "", ...names] = (doubled ?? single ?? "").trim().split(" › ");
    return names.length > 0 && path.endsWith(".ts") ? [{ path, names }] : [];
  });
}

/** Rows of all tables, without their heads. */
function tableRows(markdown: string): string[] {
  const lines = markdown.split("\n").map((line) => line.trim());
  const isRule = (line: string | undefined) => /^\|\s*:?-+/.test(line ?? "");
  return lines.filter((line, index) => line.startsWith("|") && !isRule(line) && !isRule(lines[index + 1]));
}

function testNames(source: string): Set<string> {
  return namesGivenTo("(?:it|test)", source);
}

function groupNames(source: string): Set<string> {
  return namesGivenTo(String.raw`describe(?:With\w+)?`, source);
}

/** First texts, be it behind a number, in calls of these functions, with or without `.each(…)` and the like between. */
function namesGivenTo(functions: string, source: string): Set<string> {
  const modifiers = String.raw`(?:\.\w+(?:<[^>]*>)?(?:\((?:[^()]|\([^()]*\))*\))?)*`;
  const literal = String.raw`("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|` + "`[^`]*`)";
  const calls = source.matchAll(
    new RegExp(String.raw`\b${functions}${modifiers}\(\s*(?:\d+,\s*)?${literal}`, "g"),
  );
  return new Set([...calls].map(([, text = ""]) => text.slice(1, -1).replaceAll("\\", "")));
}
