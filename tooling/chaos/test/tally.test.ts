import { TroupeError } from "@troupe/dist";
import { expect, it } from "vitest";

import { Tally } from "../src/tally.js";

it("a tally counts how calls settled, and knows those that did not, or failed as they may not", async () => {
  const tally = new Tally();
  const died = () => Promise.reject(new TroupeError("ERR_ACTOR_DIED", "It died."));
  expect(await tally.follow("one", Promise.resolve(), [])).toBe(true);
  expect(await tally.follow("two", died(), ["ERR_ACTOR_DIED"])).toBe(false);
  expect(await tally.follow("three", died(), [])).toBe(false);
  expect(await tally.follow("four", Promise.reject(new TypeError("Wrong.")), ["ERR_ACTOR_DIED"])).toBe(false);
  void tally.follow("five", new Promise(() => {}), []);
  expect(tally).toMatchObject({ begun: 5, acknowledged: 1, failed: 3, open: ["five"], again: [] });
  expect([...tally.failures]).toEqual([
    ["ERR_ACTOR_DIED", 2],
    ["TypeError", 1],
  ]);
  expect(tally.unexpected).toEqual([
    "three failed with ERR_ACTOR_DIED: It died.",
    "four failed with TypeError: Wrong.",
  ]);
});

it("a tally sees a call that settles twice", async () => {
  const tally = new Tally();
  let settle: (() => void) | undefined;
  const twice = { then: (resolve: () => void) => (settle = resolve) } as unknown as PromiseLike<unknown>;
  const followed = tally.follow("call", twice, []);
  settle!();
  settle!();
  expect(await followed).toBe(true);
  expect(tally).toMatchObject({ acknowledged: 1, again: ["call"], open: [] });
});
