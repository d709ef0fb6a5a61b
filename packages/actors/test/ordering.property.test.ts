import { noLeftovers } from "@troupe/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { stop } from "../src/index.js";
import { Counter, Parent } from "./programs/actors.mjs";
import { type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem({ pools: 2 });
});
afterAll(() => running[Symbol.asyncDispose]());

/** What a caller does: a call, a tell, a batch of so many, a call with options, or a pause. */
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom("call", "tell", "bounded", "pause"), size: fc.constant(1) }),
  fc.record({ kind: fc.constant("batch"), size: fc.integer({ min: 1, max: 5 }) }),
);

describe.each(routes)("messages to an actor $route", ({ pool }) => {
  it("of one caller arrive in its order, whatever they are and whoever else sends", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 30 }), { minLength: 1, maxLength: 4 }),
        fc.record({ limit: fc.integer({ min: 1, max: 20 }), isLarge: fc.boolean() }),
        async (callers, { limit, isLarge }) => {
          const counter = (await running.system.create(Counter, [], {
            pool,
            mailbox: isLarge ? 10_000 : limit,
          })) as Ref;
          await Promise.all(callers.map((steps, caller) => send(counter, caller, steps)));
          const seen = (await counter["seen"]) as (readonly [caller: number, number: number])[];
          for (const [caller, steps] of callers.entries()) {
            const own = seen.filter(([from]) => from === caller).map(([, number]) => number);
            expect(own).toEqual(Array.from({ length: messages(steps) }, (_, index) => index));
          }
          await stop(counter);
        },
      ),
      { numRuns: 25 },
    );
  });
});

it("messages of actors in several pools arrive in the order of each", async () => {
  const counter = (await running.system.create(Counter, [], { pool: "pool-0" })) as Ref;
  const callers = [];
  for (const pool of ["pool-0", "pool-1", "driver-0"])
    callers.push((await running.system.create(Parent, [], { pool })) as Ref);
  await Promise.all(callers.map((caller, index) => caller["noteMany"](counter, index, 500) as Promise<void>));
  const seen = (await counter["seen"]) as (readonly [caller: number, number: number])[];
  for (const index of callers.keys()) {
    const own = seen.filter(([from]) => from === index).map(([, number]) => number);
    expect(own).toEqual(Array.from({ length: 500 }, (_, number) => number));
  }
});

type Step = { readonly kind: string; readonly size: number };

const messages = (steps: readonly Step[]) =>
  steps.reduce((sum, { kind, size }) => sum + (kind === "pause" ? 0 : size), 0);

async function send({ note }: Ref, caller: number, steps: readonly Step[]): Promise<void> {
  let number = 0;
  const sent: Promise<unknown>[] = [];
  for (const { kind, size } of steps) {
    if (kind === "pause") await new Promise((resolve) => setImmediate(resolve));
    else if (kind === "call") sent.push(note([caller, number++]) as Promise<unknown>);
    else if (kind === "tell") sent.push(note.tell([caller, number++]) as Promise<unknown>);
    else if (kind === "bounded")
      sent.push(note.with({ timeout: 60_000 })([caller, number++]) as Promise<unknown>);
    else {
      const delayed = Array.from({ length: size }, () => note.delay([caller, number++]) as unknown);
      sent.push(note.batch(...delayed) as Promise<unknown>);
    }
  }
  await Promise.all(sent);
}
