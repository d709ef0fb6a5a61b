import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { circleOf, circlesThrough, stuckIn, victimAmong, type WaitNode } from "../src/deadlock/wait-graph.js";

/** A call as the model has it: which mailbox it is for, who made it, and whether it runs. */
interface ModelCall {
  readonly mailbox: number;
  readonly maker: number | undefined;
  readonly runs: boolean;
  /** Whether it goes on by itself, though it made calls: those are on their way. */
  readonly isFree: boolean;
}

const mailboxes = 6;
const slots = [1, 1, 1, 2, 2, 3];

/** Calls in the order in which they were made: those who make others run, and no mailbox runs more than it has slots. */
const calls = fc
  .array(
    fc.record({
      mailbox: fc.nat(mailboxes - 1),
      maker: fc.option(fc.nat(), { nil: undefined }),
      isFree: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 24 },
  )
  .map((drafts) => {
    const made: ModelCall[] = [];
    for (const { mailbox, maker, isFree } of drafts) {
      const running = made.flatMap(({ runs }, index) => (runs ? [index] : []));
      const taken = made.filter((call) => call.runs && call.mailbox === mailbox).length;
      made.push({
        mailbox,
        maker: maker === undefined || running.length === 0 ? undefined : running[maker % running.length],
        runs: taken < slots[mailbox]!,
        isFree,
      });
    }
    return made;
  });

const callKey = (index: number) => `call ${index}`;
const mailboxKey = (index: number) => `mailbox ${index}`;

function graphOf(made: readonly ModelCall[]): Map<string, WaitNode> {
  const nodes: WaitNode[] = made.map(({ mailbox, runs, isFree }, index) => {
    const key = callKey(index);
    if (!runs) return { key, call: key, mailbox: mailboxKey(mailbox), waitsFor: [mailboxKey(mailbox)] };
    const own = made.flatMap(({ maker }, other) => (maker === index ? [callKey(other)] : []));
    return { key, call: key, waitsFor: isFree ? [] : own };
  });
  for (let index = 0; index < mailboxes; index++) {
    const holders = made.flatMap(({ mailbox, runs }, call) =>
      runs && mailbox === index ? [callKey(call)] : [],
    );
    nodes.push({ key: mailboxKey(index), waitsFor: holders.length < slots[index]! ? [] : holders });
  }
  return new Map(nodes.map((node) => [node.key, node]));
}

/** Lets whatever can end do so, one after the other, until nothing can: the calls that are left. */
function leftIn(made: readonly ModelCall[], failed: ReadonlySet<number>): Set<number> {
  const left = new Set(made.keys());
  for (const call of failed) left.delete(call);
  const hasBegun = new Set(made.flatMap(({ runs }, index) => (runs ? [index] : [])));
  for (let isMoving = true; isMoving;) {
    isMoving = false;
    for (const index of left) {
      const { mailbox, isFree } = made[index]!;
      const running = [...left].filter((other) => hasBegun.has(other) && made[other]!.mailbox === mailbox);
      const own = made.flatMap(({ maker }, other) => (maker === index ? [other] : []));
      // The first of those that it made and that ends lets it go on, and it may end then.
      const mayEnd = isFree || own.length === 0 || own.some((other) => !left.has(other));
      if (!hasBegun.has(index) && running.length < slots[mailbox]!) hasBegun.add(index);
      else if (hasBegun.has(index) && mayEnd) left.delete(index);
      else continue;
      isMoving = true;
    }
  }
  return left;
}

describe("of calls that wait for each other", () => {
  it("those are stuck that never end, and no others", () => {
    fc.assert(
      fc.property(calls, (made) => {
        const stuck = stuckIn(graphOf(made));
        const left = leftIn(made, new Set());
        expect([...made.keys()].filter((index) => stuck.has(callKey(index)))).toEqual(
          [...left].toSorted((a, b) => a - b),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it("one fails that waits for itself, until the rest ends; and none while all go on", () => {
    fc.assert(
      fc.property(calls, (made) => {
        const failed = new Set<number>();
        for (;;) {
          const left = leftIn(made, failed);
          if (left.size === 0) return;
          const graph = graphOf(made);
          // Whoever failed is answered: nobody waits for it, and it waits for nothing.
          for (const key of [...graph.keys()]) {
            const node = graph.get(key)!;
            const waitsFor = node.waitsFor.filter(
              (other) => ![...failed].some((call) => callKey(call) === other),
            );
            graph.set(key, { ...node, waitsFor });
          }
          for (const call of failed) graph.delete(callKey(call));
          const stuck = stuckIn(graph);
          const victims = new Set<string>();
          for (let index = 0; index < mailboxes; index++) {
            const mailbox = mailboxKey(index);
            if (!stuck.has(mailbox)) continue;
            const circles = circlesThrough(mailbox, graph, stuck);
            const victim = victimAmong(circles, graph);
            if (victim?.mailbox !== mailbox) continue;
            victims.add(victim.key);
            expectCircle(circleOf(victim, graph), victim, graph);
            // All of its circles agree on it.
            for (const other of circles) {
              if (!other.startsWith("mailbox")) continue;
              expect(victimAmong(circlesThrough(other, graph, stuck), graph)).toBe(victim);
            }
          }
          expect(victims.size).toBeGreaterThan(0);
          for (const victim of victims) failed.add(Number(victim.slice("call ".length)));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Each of its calls waits for the next, and the last for the first. */
function expectCircle(
  circle: readonly string[],
  victim: WaitNode,
  graph: ReadonlyMap<string, WaitNode>,
): void {
  expect(circle.at(-1)).toBe(victim.key);
  const next = (key: string) => {
    const { waitsFor } = graph.get(key)!;
    return waitsFor.flatMap((other) => (other.startsWith("mailbox") ? graph.get(other)!.waitsFor : [other]));
  };
  circle.forEach((call, index) => expect(next(call)).toContain(circle[(index + 1) % circle.length]));
}
