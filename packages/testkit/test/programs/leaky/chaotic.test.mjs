import { Chaos } from "@troupe/testkit";
import { expect, it } from "vitest";

it("fails", () => {
  new Chaos({ seed: 99 });
  expect(1).toBe(2);
});

it("passes", () => {
  new Chaos({ seed: 100 });
});
