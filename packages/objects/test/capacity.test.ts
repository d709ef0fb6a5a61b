import { statfsSync } from "node:fs";
import { totalmem } from "node:os";

import { describe, expect, it } from "vitest";

import { defaultCapacity } from "../src/index.js";

describe("the capacity of a store that was told none", () => {
  it("is within a third of the memory and within what /dev/shm has", () => {
    const { blocks, bsize } = statfsSync("/dev/shm");
    expect(defaultCapacity()).toBeGreaterThan(0);
    expect(defaultCapacity()).toBeLessThanOrEqual(Math.min(0.3 * totalmem(), 0.8 * blocks * bsize));
  });
});
