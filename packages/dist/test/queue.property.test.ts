import fc from "fast-check";
import { expect, it } from "vitest";

import { Queue } from "../src/index.js";

type Step =
  | { readonly do: "put"; readonly count: number }
  | { readonly do: "get"; readonly n: number; readonly min: number }
  | { readonly do: "try"; readonly n: number }
  | { readonly do: "cancel"; readonly which: number };

const count = fc.integer({ min: 1, max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("put" as const), count }),
  fc.record({ do: fc.constant("get" as const), n: count, min: count }),
  fc.record({ do: fc.constant("try" as const), n: count }),
  fc.record({ do: fc.constant("cancel" as const), which: fc.nat() }),
);

it("whatever is put, got and given up in whatever order: each item comes once, in order, and never too many are in", async () => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 60 }), run), {
    numRuns: 300,
  });
});

async function run(capacity: number, steps: readonly Step[]): Promise<void> {
  const queue = new Queue<number>(capacity);
  const controllers: AbortController[] = [];
  /** What each get gave, in the order in which they were made; the queue serves them in that order. */
  const got: Promise<readonly number[]>[] = [];
  /** Items that were added, in order: of a put that was given up those that `added` says. */
  const added: Promise<readonly number[]>[] = [];
  let next = 0;
  const bound = () => {
    const controller = new AbortController();
    controllers.push(controller);
    return { signal: controller.signal };
  };
  for (const each of steps) {
    if (each.do === "put") {
      const items = Array.from({ length: each.count }, () => next++);
      added.push(
        queue.putAll(items, bound()).then(
          () => items,
          (error: unknown) => items.slice(0, (error as { details: { added: number } }).details.added),
        ),
      );
    } else if (each.do === "get") {
      const min = Math.min(each.min, each.n, capacity);
      const taken = queue.get(each.n, { ...bound(), min });
      got.push(
        taken.then(
          (items) => {
            expect(items.length).toBeLessThanOrEqual(each.n);
            return items;
          },
          () => [],
        ),
      );
    } else if (each.do === "try") got.push(Promise.resolve(queue.tryGet(each.n)));
    else controllers[each.which % controllers.length]?.abort();
    expect(queue.size).toBeLessThanOrEqual(capacity);
    // Sometimes several steps come in one go, as here nothing is awaited.
    if (each.do !== "cancel") await Promise.resolve();
  }
  // Whoever still waits to put is let in; then those who still wait to get are sent home.
  for (let rest = queue.tryGet(9); rest.length > 0; rest = queue.tryGet(9)) got.push(Promise.resolve(rest));
  queue.close();
  // One of those may have been all that kept others from what is left.
  got.push(Promise.resolve(queue.tryGet(9)));
  const out = (await Promise.all(got)).flat();
  const into = (await Promise.all(added)).flat();
  expect(out).toEqual(into);
}
