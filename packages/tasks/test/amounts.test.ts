import { describe, expect, it } from "vitest";

import { describeUnits, Room, toUnits, unitsKey } from "../src/schedule/amounts.js";

const needs = (cpu: number, resources: Record<string, number> = {}) =>
  toUnits("test", { cpu, gpu: 0, memory: 0, resources });

describe("amounts", () => {
  it("come back exactly, whatever fractions they are", () => {
    const room = new Room(needs(1, { disk: 1 }));
    const tenth = needs(0.1, { disk: 0.1 });
    for (let i = 0; i < 10; i++) room.take(tenth);
    expect(room.fits(needs(0.0001))).toBe(false);
    expect(room.fits(needs(0, { disk: 0.0001 }))).toBe(false);
    for (let i = 0; i < 10; i++) room.give(tenth);
    expect(room.fits(needs(1, { disk: 1 }))).toBe(true);
    expect(room.fits(needs(1.0001))).toBe(false);
  });

  it("of a kind that is not there do not fit", () => {
    expect(new Room(needs(1)).fits(needs(1, { camera: 1 }))).toBe(false);
  });

  it("have the same key in whatever order they are named", () => {
    expect(unitsKey(needs(1, { a: 1, b: 2 }))).toBe(unitsKey(needs(1, { b: 2, a: 1, c: 0 })));
  });

  it("are told as people write them", () => {
    expect(describeUnits(needs(0.5, { camera: 2 }))).toBe("cpu 0.5, camera 2");
    expect(describeUnits(needs(0))).toBe("nothing");
  });

  it("that are none are refused by name", () => {
    expect(() => needs(-1)).toThrow("cpu must be a number from 0; it is -1");
    expect(() => needs(1, { disk: NaN })).toThrow("resources.disk must be a number from 0; it is NaN");
  });
});
