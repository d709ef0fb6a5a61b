import { noLeftovers } from "@troupe/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { SlabArena, type SlabBlock, SlabReader } from "../src/index.js";

noLeftovers();

const header = 16 * 1024;
const room = (length: number) => Math.max(64, Math.ceil(length / 64) * 64);

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("allocate" as const), length: fc.nat(3000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("allocate" as const), length: fc.nat(40_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("retain" as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("release" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("open" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reclaim" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("trim" as const) }) },
);

interface Live {
  readonly block: SlabBlock;
  readonly mark: number;
  references: number;
}

describe("whatever is allocated and released", () => {
  it("blocks keep what was written to them, never overlap, and all memory comes back", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        using arena = new SlabArena({ label: "model", segmentBytes: 32 * 1024, limit: 128 * 1024 });
        using reader = new SlabReader();
        const live: Live[] = [];
        const gone = (one: Live) => live.splice(live.indexOf(one), 1);
        const drop = (one: Live) => --one.references === 0 && gone(one);
        let mark = 0;
        for (const each of steps) {
          if (each.kind === "allocate") {
            const block = arena.allocate(each.length);
            if (block === undefined) {
              // With nothing in use whatever the limit allows must fit.
              if (live.length === 0) expect(header + room(each.length)).toBeGreaterThan(128 * 1024);
              continue;
            }
            mark = (mark + 1) % 251;
            block.bytes.fill(mark);
            live.push({ block, mark, references: 1 });
          } else if (each.kind === "trim") {
            arena.trim();
          } else if (live.length > 0) {
            const one = live[each.which % live.length]!;
            if (each.kind === "retain") {
              one.block.retain();
              one.references++;
            } else if (each.kind === "release") {
              one.block.release();
              drop(one);
            } else if (each.kind === "open") {
              const view = reader.open(one.block.handle);
              expect(view.byteLength).toBe(one.block.handle.byteLength);
              expect(view.every((byte) => byte === one.mark)).toBe(true);
              reader.release(view);
              drop(one);
            } else {
              arena.reclaim(one.block.handle);
              gone(one);
            }
          }
          expect(arena.usedBytes).toBe(live.reduce((sum, { block }) => sum + room(block.bytes.length), 0));
          expect(arena.totalBytes).toBeLessThanOrEqual(128 * 1024);
        }
        for (const { block, mark } of live) expect(block.bytes.every((byte) => byte === mark)).toBe(true);
        for (const { block, references } of live) for (let i = 0; i < references; i++) block.release();
        expect(arena.usedBytes).toBe(0);
        arena.trim();
        expect(arena.totalBytes).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
