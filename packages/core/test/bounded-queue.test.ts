import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { waitUntil } from "@troupe/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BoundedQueue } from "../src/index.js";

const closed = { code: "ERR_CLOSED" };
const timedOut = { code: "ERR_TIMEOUT", retryable: true };
const cancelled = { code: "ERR_CANCELLED" };

/** Bytes in use after a garbage collection. */
function held(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe("order", () => {
  it("is first in, first out, also for those who wait to push", async () => {
    const queue = new BoundedQueue<number>(2);
    const settled: number[] = [];
    const pushes = [1, 2, 3, 4, 5].map(async (n) => {
      await queue.push(n);
      settled.push(n);
    });
    expect(queue.size).toBe(2);
    const taken: (number | undefined)[] = [];
    for (let i = 0; i < 5; i++) taken.push(await queue.shift());
    await Promise.all(pushes);
    expect(taken).toEqual([1, 2, 3, 4, 5]);
    expect(settled).toEqual([1, 2, 3, 4, 5]);
  });

  it("holds for those who wait to shift", async () => {
    const queue = new BoundedQueue<string>(2);
    const shifts = Promise.all([queue.shift(), queue.shift(), queue.shift()]);
    for (const item of ["a", "b", "c"]) expect(queue.tryPush(item)).toBe(true);
    expect(await shifts).toEqual(["a", "b", "c"]);
    expect(queue.size).toBe(0);
  });

  it("lets nobody pass those who already wait", async () => {
    const queue = new BoundedQueue<number>(1);
    await queue.push(1);
    const waiting = queue.push(2);
    expect(queue.tryPush(3)).toBe(false);
    const later = queue.push(4);
    expect([queue.tryShift(), queue.tryShift(), queue.tryShift(), queue.tryShift()]).toEqual([
      1,
      2,
      4,
      undefined,
    ]);
    await Promise.all([waiting, later]);
  });

  it("is that of a plain list, whatever is done to it", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("push" as const), item: fc.nat() }),
      fc.record({ do: fc.constant("tryPush" as const), item: fc.nat() }),
      fc.record({ do: fc.constant("shift" as const) }),
      fc.record({ do: fc.constant("tryShift" as const) }),
      fc.record({ do: fc.constant("cancelPush" as const), which: fc.nat(4) }),
      fc.record({ do: fc.constant("cancelShift" as const), which: fc.nat(4) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 60 }),
        async (limit, steps) => {
          const queue = new BoundedQueue<number>(limit);
          // The model: items, and those who wait, each with what the real one is to get.
          const items: number[] = [];
          const pushers: { item: number; stop: AbortController; got: Promise<string> }[] = [];
          const shifters: { stop: AbortController; got: Promise<unknown> }[] = [];
          const outcomes: [Promise<unknown>, unknown][] = [];
          const accept = (item: number) => {
            const shifter = shifters.shift();
            if (shifter) outcomes.push([shifter.got, item]);
            else items.push(item);
          };
          const release = () => {
            const item = items.shift();
            const pusher = item === undefined ? undefined : pushers.shift();
            if (pusher) {
              items.push(pusher.item);
              outcomes.push([pusher.got, "pushed"]);
            }
            return item;
          };
          for (const action of steps) {
            if (action.do === "push") {
              const stop = new AbortController();
              const got = queue.push(action.item, stop).then(() => "pushed", () => "gave up"); // prettier-ignore
              if (items.length < limit) {
                outcomes.push([got, "pushed"]);
                accept(action.item);
              } else {
                pushers.push({ item: action.item, stop, got });
              }
            } else if (action.do === "tryPush") {
              const room = items.length < limit;
              if (room) accept(action.item);
              expect(queue.tryPush(action.item)).toBe(room);
            } else if (action.do === "tryShift") {
              expect(queue.tryShift()).toBe(release());
            } else if (action.do === "shift") {
              const stop = new AbortController();
              const got = queue.shift(stop).catch(() => "gave up");
              const item = release();
              if (item === undefined) shifters.push({ stop, got });
              else outcomes.push([got, item]);
            } else {
              const line = action.do === "cancelPush" ? pushers : shifters;
              const [gone] = line.splice(action.which, 1);
              gone?.stop.abort();
              if (gone) outcomes.push([gone.got, "gave up"]);
            }
            expect(queue.size).toBe(items.length);
          }
          queue.close();
          for (const { got } of pushers) outcomes.push([got, "gave up"]);
          for (const { got } of shifters) outcomes.push([got, undefined]);
          for (const item of items) expect(queue.tryShift()).toBe(item);
          for (const [got, expected] of outcomes) expect(await got).toBe(expected);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a wait that ends early", () => {
  it("adds nothing when it was a push", async () => {
    const queue = new BoundedQueue<number>(1, "outbox");
    await queue.push(1);
    const late = queue.push(2, { timeout: 5 });
    const next = queue.push(3);
    await expect(late).rejects.toMatchObject({
      ...timedOut,
      message: "push to a full outbox took longer than 5 ms.",
    });
    expect(queue.tryShift()).toBe(1);
    await next;
    expect([queue.tryShift(), queue.tryShift()]).toEqual([3, undefined]);
  });

  it("takes nothing when it was a shift", async () => {
    const queue = new BoundedQueue<number>(1, "inbox");
    const stop = new AbortController();
    const gone = queue.shift({ signal: stop.signal });
    const next = queue.shift();
    stop.abort(new Error("enough"));
    await expect(gone).rejects.toMatchObject({ ...cancelled, message: "shift from an empty inbox was cancelled by its signal.", cause: { message: "enough" } }); // prettier-ignore
    await queue.push(7);
    expect(await next).toBe(7);
  });

  it("begins not at all with a signal that was aborted before", async () => {
    const queue = new BoundedQueue<number>(2);
    const signal = AbortSignal.abort();
    await expect(queue.push(1, { signal })).rejects.toMatchObject(cancelled);
    expect(queue.size).toBe(0);
    await queue.push(2);
    await expect(queue.shift({ signal })).rejects.toMatchObject(cancelled);
    expect(queue.tryShift()).toBe(2);
  });

  it("leaves nothing behind, after 100,000 of them", async () => {
    const full = new BoundedQueue<Uint8Array>(1);
    const empty = new BoundedQueue<number>(1);
    await full.push(new Uint8Array(1));
    const rounds = 20;
    const before = held();
    for (let round = 0; round < rounds; round++) {
      const stop = new AbortController();
      const waits: Promise<unknown>[] = [];
      for (let i = 0; i < 5000 / 2; i++) {
        waits.push(full.push(new Uint8Array(1000), stop).catch(() => undefined));
        waits.push(empty.shift(stop).catch(() => undefined));
      }
      stop.abort();
      await Promise.all(waits);
    }
    await waitUntil(() => held() - before < 2e6, { what: "the memory of the waits to be free" });
    // The queues work on.
    const last = full.push(new Uint8Array(2));
    expect(full.tryShift()).toHaveLength(1);
    await last;
    expect(full.tryShift()).toHaveLength(2);
    expect(empty.tryPush(5)).toBe(true);
    expect(empty.tryShift()).toBe(5);
  });
});

describe("closing", () => {
  it("wakes all who wait, and lets what is queued be taken", async () => {
    const queue = new BoundedQueue<number>(1, "mailbox");
    await queue.push(1);
    const refused = expect(queue.push(2)).rejects.toMatchObject({
      ...closed,
      message: "The mailbox is closed.",
    });
    queue.close();
    queue.close();
    await refused;
    await expect(queue.push(3)).rejects.toMatchObject(closed);
    expect([queue.closed, queue.tryPush(4)]).toEqual([true, false]);
    expect(await queue.shift()).toBe(1);
    expect(await queue.shift()).toBeUndefined();
    expect(queue.tryShift()).toBeUndefined();
  });

  it("gives undefined to those who wait for an item", async () => {
    const queue = new BoundedQueue<number>(1);
    const waits = [queue.shift(), queue.shift({ timeout: 60_000 })];
    queue.close();
    expect(await Promise.all(waits)).toEqual([undefined, undefined]);
  });
});

it.each([0, -1, NaN])("a limit of %d is refused", (limit) => {
  expect(() => new BoundedQueue(limit, "mailbox")).toThrow(
    expect.objectContaining({
      code: "ERR_CONFIG",
      message: `The limit of a mailbox must be at least 1, not ${limit}.`,
    }) as Error,
  );
});
