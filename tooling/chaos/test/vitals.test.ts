import { expect, it } from "vitest";

import { growth, takeVitals } from "../src/vitals.js";

const directory = new URL("../src", import.meta.url).pathname;

it("a driver that holds no more is level", () => {
  const before = takeVitals(directory, new Set());
  expect(growth(before, takeVitals(directory, new Set()))).toEqual([]);
  expect(before.processes).toBeGreaterThanOrEqual(0);
  expect(before.descriptors).toBeGreaterThan(2);
});

it.each([
  ["heap", 20, "heap grew from 50 to 70, more than to 59"],
  ["descriptors", 7, "descriptors grew from 50 to 57, more than to 56"],
  ["processes", 2, "processes grew from 50 to 52, more than to 51"],
])("growth of the %s is said", (name, more, said) => {
  const names = [
    "heap",
    "buffers",
    "resident",
    "descriptors",
    "resources",
    "segments",
    "entries",
    "processes",
  ];
  const before = Object.fromEntries(names.map((each) => [each, 50])) as unknown as ReturnType<
    typeof takeVitals
  >;
  const after = { ...before, [name]: 50 + more };
  expect(growth(before, after)).toEqual([said]);
});
