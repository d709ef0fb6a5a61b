import { noLeftovers } from "@troupe/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { recordByteLength, RingReader, RingWriter, Segment } from "../src/index.js";

noLeftovers();

const capacity = 2048;
const frame = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 200 }),
  fc.integer({ min: 0, max: 490 }).map((length) => new Uint8Array(length).fill(length)),
);
const step = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    frames: fc.oneof(
      fc.array(frame, { maxLength: 3 }),
      fc.array(fc.uint8Array({ maxLength: 3 }), { maxLength: 40 }),
    ),
    tag: fc.nat(),
  }),
  fc.record({ kind: fc.constant("read" as const), times: fc.integer({ min: 1, max: 12 }) }),
);

describe("whatever is written and read", () => {
  it("a ring is a queue, bounded by its bytes", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        using writer = RingWriter.create(capacity);
        using reader = RingReader.open(writer.name);
        const queue: { frames: Buffer[]; tag: number }[] = [];
        for (const each of steps) {
          if (each.kind === "write") {
            const { frames, tag } = each;
            if (recordByteLength(frames) > writer.maxRecord) {
              expect(() => writer.write(frames, tag)).toThrow(/does not fit/);
            } else if (writer.write(frames, tag)) {
              queue.push({ frames: frames.map((one) => Buffer.from(one)), tag });
            } else {
              const waiting = queue.reduce((sum, { frames }) => sum + recordByteLength(frames) + 7, 0);
              expect(waiting).toBeGreaterThan(capacity / 2);
            }
          } else {
            for (let i = 0; i < each.times; i++) {
              const next = queue.shift();
              expect(reader.isEmpty).toBe(next === undefined);
              expect(reader.read()).toEqual(next?.frames);
              if (next !== undefined) expect(reader.tag).toBe(next.tag);
            }
          }
        }
        for (const { frames } of queue) expect(reader.read()).toEqual(frames);
        expect(reader.read()).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("a ring that something else wrote into gives records or ERR_PROTOCOL, and nothing worse", () => {
    const damage = fc.record({ word: fc.nat((512 + 1024) / 4 - 1), value: fc.integer() });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 6 }), fc.nat(6), (damages, records) => {
        using writer = RingWriter.create(1024);
        using reader = RingReader.open(writer.name);
        using segment = Segment.open(writer.name);
        for (let i = 0; i < records; i++) writer.write([Buffer.alloc(20 * i), Buffer.alloc(3)]);
        const words = new Int32Array(segment.buffer);
        for (const { word, value } of damages) words[word] = value;
        try {
          for (let i = 0; i <= records && reader.read() !== undefined; i++);
          for (let i = 0; i <= 10 && writer.write([Buffer.alloc(99)]); i++);
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_PROTOCOL" });
        }
      }),
      { numRuns: 500 },
    );
  });
});
