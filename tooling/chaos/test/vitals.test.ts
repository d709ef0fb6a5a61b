import { expect, it } from "vitest";

import { growth, takeVitals, type Vitals } from "../src/vitals.js";

const directory = new URL("../src", import.meta.url).pathname;

it("a driver that holds no more is level", async () => {
  const before = await takeVitals(directory, new Set());
  expect(growth(before, await takeVitals(directory, new Set()), 0)).toEqual([]);
  expect(before.processes).toBeGreaterThanOrEqual(0);
  expect(before.descriptors).toBeGreaterThan(2);
});

it("a driver that keeps a small object of each kill, or eight bytes of each call, is not", async () => {
  const before = await takeVitals(directory, new Set());
  const ofKills = Array.from({ length: 2_000 }, (_, at) => ({ at }));
  const ofCalls: number[] = [];
  for (let call = 0; call < 10_000; call++) ofCalls.push(call);
  const after = await takeVitals(directory, new Set());
  expect([ofKills, ofCalls].flat()).toHaveLength(12_000);
  expect(growth(before, after, 0)).toEqual([
    expect.stringMatching(/^objects grew/),
    expect.stringMatching(/^data grew/),
  ]);
});

const names = [
  "objects",
  "data",
  "heap",
  "buffers",
  "resident",
  "descriptors",
  "resources",
  "segments",
  "entries",
  "processes",
];

function allOf(figure: number): Vitals {
  return Object.fromEntries(names.map((name) => [name, figure])) as unknown as Vitals;
}

it.each([
  ["objects", 1_001, "objects grew from 50 to 1051, more than to 1050"],
  ["heap", 20, "heap grew from 50 to 70, more than to 59"],
  ["descriptors", 7, "descriptors grew from 50 to 57, more than to 56"],
  ["processes", 2, "processes grew from 50 to 52, more than to 51"],
])("growth of the %s is said", (name, more, said) => {
  expect(growth(allOf(50), { ...allOf(50), [name]: 50 + more }, 0)).toEqual([said]);
});

it("a kill may leave two objects, and no more", () => {
  expect(growth(allOf(50), { ...allOf(50), objects: 50 + 1_000 + 2_000 }, 1_000)).toEqual([]);
  expect(growth(allOf(50), { ...allOf(50), objects: 50 + 1_000 + 2_001 }, 1_000)).toHaveLength(1);
});
