import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { Ext, maxDepth, outOfBandBytes } from "../src/codec/format.js";
import { errorCodes, Kind, protocolVersion } from "../src/index.js";
import { goldenPackets } from "./support/golden.js";

const read = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");

describe("docs/errors.md", () => {
  const headings = [...read("errors.md").matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);

  it("has a heading for every error code, and no other", () => {
    expect([...headings].sort()).toEqual(Object.keys(errorCodes).sort());
    expect(headings).toHaveLength(26);
  });

  it("says of each what happened, why and what to do, or that its part is still to come", () => {
    const [, ...sections] = read("errors.md").split(/^## .*$/m);
    for (const section of sections) {
      const complete = ["**What happened.**", "**Why.**", "**What to do.**"].every((part) =>
        section.includes(part),
      );
      expect(complete || section.includes("a part still to come: nothing raises it yet.")).toBe(true);
    }
  });
});

describe("docs/protocol.md", () => {
  const page = read("protocol.md");
  const rows = page.split("\n").filter((line) => line.startsWith("|"));

  it("is about the version that this package speaks", () => {
    expect(page).toContain(`# The wire protocol, version ${protocolVersion}`);
  });

  it("lists every kind of message", () => {
    const first = rows.findIndex((row) => row.startsWith("| kind ")) + 2;
    const kinds = rows.slice(first, first + Object.keys(Kind).length).map((row) => Number(row.split("|")[1]));
    expect(kinds).toEqual(Object.values(Kind));
  });

  it("describes every system message of the golden packets", () => {
    for (const [first] of Object.values(goldenPackets))
      if (first?.[0] === Kind.system) expect(page).toContain(`[11, id, "${String(first[2])}", `);
  });

  it("lists every extension, as what it is", () => {
    for (const [name, type] of Object.entries(Ext)) {
      const row = rows.find((line) =>
        line.startsWith(type < 0 ? `| ${type} ` : `| \`0x${type.toString(16)}\``),
      );
      expect(row, name).toBeDefined();
      expect(row, name).not.toContain("reserved");
    }
  });

  it("states the limits that the code has", () => {
    expect(page).toMatch(new RegExp(`^\\| Nesting of .* \\| ${maxDepth}, `, "m"));
    expect(page).toContain(`has ${outOfBandBytes.toLocaleString("en")} bytes or more as a frame of its own`);
  });

  it("shows bytes that the golden fixtures have", () => {
    const values = JSON.stringify(
      JSON.parse(readFileSync(new URL("fixtures/values.json", import.meta.url), "utf8")),
    );
    const shown = [...page.matchAll(/`((?:[0-9a-f]{2,} )+[0-9a-f]{2,})`: `ext/g)].map(([, hex]) =>
      (hex as string).replaceAll(" ", ""),
    );
    expect(shown).toHaveLength(2);
    for (const hex of shown) expect(values).toContain(hex);
  });

  it("takes packets and messages apart as the golden fixtures have them", () => {
    const packets = readFileSync(new URL("fixtures/packets.json", import.meta.url), "utf8");
    const blocks = [...page.matchAll(/```\n(9[^]*?)```/g)].map(([, block]) =>
      (block as string)
        .replaceAll("34625…", Buffer.from("4bWzA0mYx1_2").toString("hex"))
        .replaceAll(/(?<=\S) {2,}.*$| \(.*$/gm, "")
        .replaceAll(/\s/g, ""),
    );
    expect(blocks).toHaveLength(2);
    for (const hex of blocks) expect(packets).toContain(hex);
  });
});
