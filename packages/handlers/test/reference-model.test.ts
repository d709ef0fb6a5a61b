import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type Group, HandlerTable } from "../src/index.js";
import { idsOf, message, recordingLogger } from "./fixtures.js";
import { type ModelEvent, ReferenceModel, toExpression, toText } from "./reference-model.js";

const members = [
  ["actor-0", "actor"],
  ["actor-1", "actor"],
  ["actor-2", "actor"],
  ["actor-3", "actor"],
  ["critic-0", "actor-critic"],
  ["critic-1", "actor-critic"],
  ["evaluator-0", "evaluator"],
] as const;
const types = ["x", "y"] as const;

const source = fc.constantFrom("*", "actor", "actor-critic", "evaluator", "actor-1", "critic-0", "nobody");
const condition = fc.oneof(
  fc.record({ source, type: fc.constantFrom(...types), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ source, type: fc.constantFrom(...types), share: fc.integer({ min: 1, max: 1000 }) }),
);
const { event } = fc.letrec<{ event: ModelEvent }>((tie) => ({
  event: fc.oneof(
    { maxDepth: 3, depthSize: "medium", withCrossShrink: true },
    condition,
    fc.record({
      combine: fc.constantFrom("all" as const, "any" as const),
      parts: fc.array(tie("event"), { minLength: 1, maxLength: 3 }),
    }),
  ),
}));
const handler = fc.record({ event, distinct: fc.boolean(), asText: fc.boolean() });
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      from: fc.constantFrom(...members.map(([name]) => name), "stranger"),
      type: fc.constantFrom(...types),
    }),
  },
  { weight: 1, arbitrary: fc.record({ living: fc.subarray([...members]) }) },
);

function groupOf(living: ReadonlyMap<string, string>): Group {
  const peers = new Map<string, string[]>();
  for (const [name, component] of living) peers.set(component, [...(peers.get(component) ?? []), name]);
  return { peers };
}

describe("events", () => {
  it("fire as the reference model says, for any events, messages and changes of membership", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(handler, { minLength: 1, maxLength: 4 }),
        fc.subarray([...members]),
        fc.array(step, { maxLength: 60, size: "max" }),
        async (handlers, livingAtFirst, steps) => {
          const fired: [index: number, ids: number[]][] = [];
          const table = new HandlerTable({ onDeadLetter: () => {}, logger: recordingLogger() });
          const models = handlers.map(({ event, distinct, asText }, index) => {
            table.on(
              asText ? toText(event) : toExpression(event),
              (_local, _proxy, delivered) => void fired.push([index, idsOf([delivered].flat())]),
              { distinct },
            );
            return new ReferenceModel(event, distinct);
          });
          const everLived = new Map<string, string>();
          let living = new Map<string, string>();

          const settle = async (next: (typeof steps)[number]) => {
            fired.length = 0;
            const sent = "from" in next ? message(next.type, next.from) : undefined;
            if (sent) {
              await table.dispatch(undefined, groupOf(living), sent);
            } else if ("living" in next) {
              living = new Map(next.living);
              for (const [name, component] of living) everLived.set(name, component);
              await table.membershipChanged(undefined, groupOf(living));
            }
            const expected = models.flatMap((model, index) =>
              model.step(living, everLived, sent).map((ids): [number, number[]] => [index, ids]),
            );
            expect(fired).toEqual(expected);
            expect(table.pending).toBe(models.reduce((sum, model) => sum + model.waiting.length, 0));
          };

          await settle({ living: livingAtFirst });
          for (const next of steps) await settle(next);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("hand over every message that matches exactly once, in order, however long they wait", async () => {
    // Long backlogs behind an old message that waits: what a compaction of them must not disturb.
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("actor-0", "actor-1", "evaluator-0"), {
          minLength: 100,
          maxLength: 400,
          size: "max",
        }),
        fc.boolean(),
        async (sources, distinct) => {
          const got: number[] = [];
          const peers = groupOf(new Map(members));
          const table = new HandlerTable().on(
            "any(actor-0:x:2, actor-1:x:3, *:x:500)",
            (_local, _proxy, messages) => void got.push(...idsOf(messages)),
            { distinct },
          );
          const sent = sources.map((from) => message("x", from));
          for (const one of sent) await table.dispatch(undefined, peers, one);
          expect(new Set(got).size).toBe(got.length);
          expect(got.length + table.pending).toBe(sent.length);
          if (!distinct) {
            for (const from of ["actor-0", "actor-1"]) {
              const ids = idsOf(sent.filter((one) => one.source === from));
              expect(got.filter((id) => ids.includes(id))).toEqual(
                ids.slice(0, ids.length - (ids.length % (from === "actor-0" ? 2 : 3))),
              );
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
