import { closing, Harness, noLeftovers } from "@troupe/testkit";
import { expect, it } from "vitest";

import { Segment } from "../src/index.js";
import { program } from "./fixtures.js";

noLeftovers();
const keep = closing();

it("threads of one core that yield while they look take turns", async () => {
  const turns = 200;
  const segment = keep(Segment.create("turns", 4096));
  await using harness = await Harness.start();
  const both = ["0", "1"].map((self) =>
    harness.spawn(program("take-turns.mjs"), { args: [segment.name, self, String(turns)] }),
  );
  const exits = await Promise.all(both.map((one) => one.exited));
  expect(exits).toEqual([
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
  expect(new Int32Array(segment.buffer)[0]).toBe(turns);
});
