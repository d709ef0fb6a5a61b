import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { recordByteLength, RingReader, RingWriter, Segment } from "../src/index.js";
import { segmentsOf } from "./fixtures.js";

noLeftovers();
const keep = closing();

function ring(byteLength = 4096): { writer: RingWriter; reader: RingReader } {
  const writer = keep(RingWriter.create(byteLength));
  const reader = keep(RingReader.open(writer.name));
  writer.unlink();
  return { writer, reader };
}

const bytes = (length: number, value = length) => Buffer.alloc(length, value);

describe("a ring", () => {
  it("gives records in order, frames and tag as they were written", () => {
    const { writer, reader } = ring();
    expect(reader.read()).toBeUndefined();
    expect(writer.write([bytes(3), new Uint8Array(0), bytes(300)], 0xffffffff)).toBe(true);
    expect(writer.write([])).toBe(true);
    expect(reader.isEmpty).toBe(false);
    expect(reader.read()).toEqual([bytes(3), bytes(0), bytes(300)]);
    expect(reader.tag).toBe(0xffffffff);
    expect(reader.read()).toEqual([]);
    expect(reader.tag).toBe(0);
    expect(reader.isEmpty).toBe(true);
  });

  it("gives frames that are the reader's own, at multiples of 8", () => {
    const { writer, reader } = ring();
    writer.write([bytes(5, 1), bytes(9, 2)]);
    const first = reader.read()!;
    for (const value of [3, 4, 5, 6]) {
      writer.write([bytes(900, value)]);
      reader.read();
    }
    expect(first).toEqual([bytes(5, 1), bytes(9, 2)]);
    first[0]!.fill(9);
    expect(first[1]).toEqual(bytes(9, 2));
    expect(first.map((frame) => frame.byteOffset % 8)).toEqual([0, 0]);
  });

  it("writes nothing when there is no room, and takes the record when there is", () => {
    const { writer, reader } = ring(1024);
    let written = 0;
    while (writer.write([bytes(100, written)])) written++;
    expect(written).toBe(8);
    expect(reader.read()).toEqual([bytes(100, 0)]);
    expect(writer.write([bytes(100, written)])).toBe(true);
    for (let value = 1; value <= written; value++) expect(reader.read()).toEqual([bytes(100, value)]);
    expect(reader.read()).toBeUndefined();
  });

  it("takes records of up to a quarter of its length wherever it stands", () => {
    const { writer, reader } = ring(1024);
    const largest = bytes(writer.maxRecord - recordByteLength([bytes(0)]));
    expect(recordByteLength([largest])).toBe(writer.maxRecord);
    for (let i = 0; i < 300; i++) {
      expect(writer.write([bytes(i % 50)])).toBe(true);
      expect(writer.write([largest], i)).toBe(true);
      expect(reader.read()).toEqual([bytes(i % 50)]);
      expect(reader.read()).toEqual([largest]);
      expect(reader.tag).toBe(i);
    }
    expect(() => writer.write([largest, bytes(1)])).toThrow(
      expect.objectContaining({ code: "ERR_MESSAGE_TOO_LARGE" }),
    );
    expect(reader.isEmpty).toBe(true);
  });

  it("goes on when its counters pass 2^31 and 2^32", () => {
    const { writer, reader } = ring(2 ** 20);
    const frame = bytes(2 ** 18 - 64, 1);
    for (let i = 0; i < 2 ** 14 + 20; i++) {
      expect(writer.write([frame], i)).toBe(true);
      expect(reader.read()![0]!.length).toBe(frame.length);
      expect(reader.tag).toBe(i);
    }
  });

  it("rings once for each sleep of the reader", () => {
    const { writer, reader } = ring();
    expect(writer.claimBell()).toBe(false);
    expect(reader.sleep()).toBe(true);
    writer.write([bytes(1)]);
    expect([writer.claimBell(), writer.claimBell()]).toEqual([true, false]);
    expect(reader.sleep()).toBe(false);
    expect(writer.claimBell()).toBe(false);
    reader.read();
    expect(reader.sleep()).toBe(true);
    reader.awake();
    expect(writer.claimBell()).toBe(false);
  });

  it("rings the writer when half of it is free", () => {
    const { writer, reader } = ring(1024);
    expect(writer.sleep()).toBe(false);
    while (writer.write([bytes(100)]));
    expect(reader.claimBell()).toBe(false);
    expect(writer.sleep()).toBe(true);
    const rung: boolean[] = [];
    while (reader.read()) rung.push(reader.claimBell());
    expect(rung).toEqual([false, false, false, true, false, false, false, false]);
    expect(writer.sleep()).toBe(false);
    while (writer.write([bytes(100)]));
    expect(writer.sleep()).toBe(true);
    writer.awake();
    while (reader.read());
    expect(reader.claimBell()).toBe(false);
  });

  it("is of no use after close(), on either side, while the other goes on", () => {
    const { writer, reader } = ring();
    writer.write([bytes(4)]);
    writer.close();
    expect(() => writer.write([bytes(4)])).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    expect([writer.claimBell(), writer.sleep()]).toEqual([false, false]);
    expect(reader.read()).toEqual([bytes(4)]);
    reader.close();
    expect(() => reader.read()).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    expect([reader.isEmpty, reader.sleep(), reader.claimBell()]).toEqual([true, false, false]);
  });

  it("leaves no name once it is unlinked or closed", () => {
    const writer = keep(RingWriter.create(1024));
    expect(segmentsOf()).toEqual([writer.name]);
    writer.close();
    expect(segmentsOf()).toEqual([]);
  });

  it("refuses lengths that are none, and segments that are no ring", () => {
    for (const length of [0, 512, 1000, 2 ** 31, NaN, 1024.5]) {
      expect(() => RingWriter.create(length)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    }
    for (const length of [8, 1024 + 512, 5000]) {
      const { name } = keep(Segment.create("no-ring", length));
      expect(() => RingReader.open(name)).toThrow(expect.objectContaining({ code: "ERR_PROTOCOL" }));
    }
  });
});
