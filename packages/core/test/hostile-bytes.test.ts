import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decode, encode, isTroupeError, PacketReader, PacketWriter } from "../src/index.js";
import { structured } from "./support/values.js";

/** Decodes, and lets nothing through but a value or ERR_PROTOCOL. */
function attempt(read: () => unknown): { value: unknown } | { message: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (!isTroupeError(error, "ERR_PROTOCOL")) throw error;
    return { message: error.message };
  }
}

const refused = (...bytes: number[]) => {
  const outcome = attempt(() => decode(Uint8Array.from(bytes)));
  expect(outcome).toHaveProperty("message");
  return (outcome as { message: string }).message;
};

function readAll(frames: readonly Buffer[]): unknown[] {
  const reader = new PacketReader(frames);
  const messages: unknown[] = [];
  for (let message = reader.next(); message; message = reader.next()) messages.push(message);
  return messages;
}

describe("bytes from anywhere give a value or ERR_PROTOCOL, and nothing else", () => {
  it("when they are random", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        attempt(() => decode(bytes));
        attempt(() => readAll([Buffer.from(bytes)]));
      }),
      { numRuns: 3000 },
    );
  });

  it("when they are random behind each extension's header", () => {
    const types = fc.constantFrom(0xff, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18);
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 40 }), (type, payload) => {
        attempt(() => decode(Uint8Array.from([0xc7, payload.length, type, ...payload])));
      }),
      { numRuns: 3000 },
    );
  });

  it("when a good message is cut short, anywhere", () => {
    fc.assert(
      fc.property(structured, fc.nat(), (value, at) => {
        const bytes = encode(value);
        const cut = bytes.subarray(0, at % bytes.length);
        expect(attempt(() => decode(cut))).toHaveProperty("message");
      }),
      { numRuns: 500 },
    );
  });

  it("when bytes of a good message are changed", () => {
    fc.assert(
      fc.property(
        structured,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1 }),
        (value, changes) => {
          const bytes = Buffer.from(encode(value));
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          const outcome = attempt(() => decode(bytes));
          // What was taken can be sent on: it holds nothing that encode would refuse.
          if ("value" in outcome) encode(outcome.value);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("when frames of a good packet are changed or missing", () => {
    const message = [0, "id", new Float64Array(200), Buffer.alloc(2000), { a: new Int8Array(1024) }] as const;
    const writer = new PacketWriter("sender", 1e6);
    writer.add(message);
    const frames = (writer.take() as Uint8Array[]).map((frame) => Buffer.from(frame));
    const change = fc.tuple(fc.nat(), fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1 }), fc.nat(4), (changes, kept) => {
        const changed = frames.slice(0, 1 + kept).map((frame) => Buffer.from(frame));
        for (const [frame, at, byte] of changes) {
          const target = changed[frame % changed.length] as Buffer;
          target[at % target.length] = byte;
        }
        attempt(() => readAll(changed));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("memory stays in proportion to the bytes", () => {
  const claims: [string, number[]][] = [
    ["an array of 2^32 - 1 items", [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ["a map of 2^32 - 1 entries", [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ["4 GiB of text", [0xdb, 0xff, 0xff, 0xff, 0xff]],
    ["4 GiB of bytes", [0xc6, 0xff, 0xff, 0xff, 0xff]],
    ["a 4 GiB extension", [0xc9, 0xff, 0xff, 0xff, 0xff, 0x10]],
    ["a Map of 2^31 entries", [0xc7, 6, 0x14, 0xdd, 0xff, 0xff, 0xff, 0xfe, 0]],
  ];

  it.each(claims)("a message of a few bytes cannot claim %s", (_, bytes) => {
    refused(...bytes);
  });

  it("arrays that each claim all that is left make no more than a small multiple of it", () => {
    const bytes = Buffer.alloc(1_000_000);
    for (let at = 0; at + 5 <= bytes.length; at += 5) {
      bytes[at] = 0xdd;
      bytes.writeUInt32BE(bytes.length - at - 5, at + 1);
    }
    const before = process.memoryUsage().heapUsed;
    expect(attempt(() => decode(bytes))).toHaveProperty("message");
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * bytes.length);
  });

  it("many small errors cost no stack traces", () => {
    const form = Buffer.from([0xc7, 1, 0x13, 0x80]);
    const header = Buffer.from([0xdd, 0, 1, 0, 0]);
    const errors = decode(Buffer.concat([header, ...new Array<Buffer>(65_536).fill(form)])) as Error[];
    expect(errors).toHaveLength(65_536);
    expect(errors.at(-1)?.stack).not.toMatch(/^ +at /m);
    expect(Error.stackTraceLimit).toBeGreaterThan(0);
  });

  it("a frame is given out once, so that naming it often multiplies nothing", () => {
    const writer = new PacketWriter("s", 1e6);
    writer.add([0, new ArrayBuffer(4096)]);
    const [head, frame] = (writer.take() as Uint8Array[]).map((bytes) => Buffer.from(bytes));
    const at = (head as Buffer).indexOf(Buffer.from([0x10, 0x93, 1, 12, 0x91])) - 2;
    const named = (head as Buffer).subarray(at);
    const twice = Buffer.concat([Buffer.from([0x93, 1, 0xa1, 0x73, 0x91, 0x93, 0]), named, named]);
    const outcome = attempt(() => readAll([twice, frame as Buffer]));
    expect(outcome).toEqual({
      message: expect.stringContaining("frame 1, which is not there or is taken") as string,
    });
  });
});

describe("nesting is limited", () => {
  const nested = (depth: number, open: number[]) =>
    Uint8Array.from([...new Array<number[]>(depth).fill(open).flat(), 0xc0]);

  it("to 256 containers, whatever they are", () => {
    for (const open of [[0x91], [0x81, 0xa0]]) {
      expect(attempt(() => decode(nested(256, open)))).toHaveProperty("value");
      expect(attempt(() => decode(nested(257, open)))).toEqual({
        message: "Malformed message: containers nested deeper than 256.",
      });
      expect(attempt(() => decode(nested(200_000, open)))).toHaveProperty("message");
    }
  });

  it.each([0x10, 0x13, 0x14, 0x15, 0x16, 0x18])(
    "for extension 0x%s in itself too, without a stack overflow",
    (type) => {
      let bytes = Buffer.from([0xc0]);
      const layers: Buffer[] = [bytes];
      let length = 1;
      for (let depth = 0; depth < 20_000; depth++) {
        const header = Buffer.from([0xc9, 0, 0, 0, 0, type]);
        header.writeUInt32BE(length, 1);
        layers.push(header);
        length += header.length;
      }
      bytes = Buffer.concat(layers.reverse());
      // Extension 0x18 is undefined whatever is in it: nothing is read there.
      expect(attempt(() => decode(bytes))).toHaveProperty(type === 0x18 ? "value" : "message");
    },
  );

  it("for Sets in Sets, too", () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 256; depth++) value = new Set([value]);
    expect(decode(encode(value))).toStrictEqual(value);
    const bytes = encode(value);
    const header = Buffer.from([0xc9, 0, 0, 0, 0, 0x15, 0x91]);
    header.writeUInt32BE(bytes.length + 1, 1);
    expect(attempt(() => decode(Buffer.concat([header, bytes])))).toHaveProperty("message");
  });

  it("so that all that may be encoded may be decoded", () => {
    for (const innermost of [
      new Float64Array(1),
      Buffer.from("a"),
      new Date(0),
      new Map([[1, 2]]),
      2n ** 99n,
    ]) {
      let value: unknown = innermost;
      for (let depth = 0; depth < 255; depth++) value = [value];
      expect(decode(encode(value))).toStrictEqual(value);
    }
  });
});

describe("each malformed form says what is wrong", () => {
  const cases: [string, number[], string][] = [
    ["nothing at all", [], "1 bytes were expected at byte 0 of 0"],
    ["a byte that starts no value", [0xc1], "byte 0xc1 starts no value"],
    ["bytes behind the value", [0xc0, 0xc0], "1 bytes follow the value"],
    ["a map with a list as a key", [0x81, 0x90, 0x01], "a map's key is no string or number"],
    ["an unknown extension", [0xd4, 0x42, 0x00], "extension type 66 is unknown"],
    ["an extension with bytes to spare", [0xc7, 2, 0x15, 0x90, 0xc0], "extension 21 does not fill its 2 bytes"],
    ["an extension that reads past its end", [0xd4, 0x15, 0x91, 0x01], "does not fill its 1 bytes"],
    ["a timestamp of five bytes", [0xc7, 5, 0xff, 0, 0, 0, 0, 0], "a timestamp of 5 bytes"],
    ["a second of 2^30 nanoseconds", [0xd7, 0xff, 0xff, 0xff, 0xff, 0xfc, 0, 0, 0, 0], "a timestamp out of range"],
    ["a year that no Date has", [0xc7, 12, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0], "a timestamp out of range"],
    ["a typed array that is a number", [0xd4, 0x10, 0x01], "an array was expected at byte 2"],
    ["a typed array of two fields", [0xc7, 3, 0x10, 0x92, 0, 1], "a typed array is not [frame, dtype, shape]"],
    ["a typed array with a fraction as frame", [0xc7, 12, 0x10, 0x93, 0xcb, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x90], "a whole number"],
    ["a typed array of an unknown type", [0xc7, 7, 0x10, 0x94, 0, 99, 0x91, 0, 0xc4, 0], "Unknown data type 99"],
    ["three bytes as 16-bit elements", [0xc7, 10, 0x10, 0x94, 0, 4, 0x91, 1, 0xc4, 3, 1, 2, 3], "3 bytes are no whole number of Uint16Array elements"],
    ["a shape that the bytes do not fill", [0xc7, 9, 0x10, 0x94, 0, 4, 0x91, 2, 0xc4, 2, 1, 2], "shape has 2 elements"],
    ["a frame that is not there", [0xc7, 5, 0x10, 0x93, 1, 1, 0x91, 0], "frame 1, which is not there"],
    ["a frame and bytes", [0xc7, 7, 0x10, 0x94, 1, 1, 0x91, 0, 0xc4, 0], "bytes both inline and in a frame"],
    ["no frame and no bytes", [0xc7, 5, 0x10, 0x93, 0, 1, 0x91, 0], "bytes both inline and in a frame"],
    ["text in place of a typed array's bytes", [0xc7, 6, 0x10, 0x94, 0, 1, 0x91, 0, 0xa0], "a typed array without its bytes"],
    ["a Map with an odd number of items", [0xc7, 2, 0x14, 0x91, 0x01], "a Map with a key that has no value"],
    ["a large integer that is a number", [0xd4, 0x16, 0x01], "a text was expected"],
    ["a large integer that is no hexadecimal", [0xc7, 3, 0x16, 0xa2, 0x30, 0x78], "no hexadecimal text"],
    ["an error that is a list", [0xd4, 0x13, 0x90], "an error that is no map"],
  ]; // prettier-ignore

  it.each(cases)("%s", (_, bytes, problem) => {
    expect(refused(...bytes)).toContain(problem);
  });

  it.each([
    ["no frames", [], "a packet without frames"],
    ["a map", [Buffer.from([0x80])], "an array was expected at byte 0"],
    ["two fields", [Buffer.from([0x92, 1, 0xa0])], "a packet is not [version, sender, messages]"],
    ["a sender that is a number", [Buffer.from([0x93, 1, 1, 0x90])], "a version and a sender"],
    ["messages that are text", [Buffer.from([0x93, 1, 0xa0, 0xa0])], "an array was expected at byte 3"],
    ["a message that is a number", [Buffer.from([0x93, 1, 0xa0, 0x91, 0x01])], "no array with a kind"],
    ["a message without a kind", [Buffer.from([0x93, 1, 0xa0, 0x91, 0x91, 0xa0])], "no array with a kind"],
    [
      "bytes behind the last message",
      [Buffer.from([0x93, 1, 0xa0, 0x90, 0x01])],
      "bytes follow the last message",
    ],
  ])("a packet of %s", (_, frames, problem) => {
    const outcome = attempt(() => readAll(frames));
    expect(outcome).toEqual({ message: expect.stringContaining(problem) as string });
  });
});

describe("what other encoders of MessagePack write is taken", () => {
  it("integers in any of the forms, those of 64 bits as BigInt", () => {
    expect(decode(Uint8Array.from([0xcd, 0, 5]))).toBe(5);
    expect(decode(Uint8Array.from([0xd2, 0xff, 0xff, 0xff, 0xff]))).toBe(-1);
    expect(decode(Uint8Array.from([0xd1, 0x80, 0]))).toBe(-32768);
    expect(decode(Uint8Array.from([0xd0, 0x80]))).toBe(-128);
    expect(decode(Uint8Array.from([0xcf, 0, 0, 0, 0, 0, 0, 0, 5]))).toBe(5n);
    expect(decode(Uint8Array.from([0xd3, 255, 255, 255, 255, 255, 255, 255, 255]))).toBe(-1n);
  });

  it("32-bit floats", () => {
    expect(decode(Uint8Array.from([0xca, 0x3f, 0xc0, 0, 0]))).toBe(1.5);
  });

  it("maps with numbers as keys, which become text", () => {
    expect(decode(Uint8Array.from([0x81, 0x05, 0xa1, 0x61]))).toStrictEqual({ 5: "a" });
  });

  it("the last of two equal keys", () => {
    expect(decode(Uint8Array.from([0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2]))).toStrictEqual({ a: 2 });
  });

  it("text in a longer form than it needs", () => {
    expect(decode(Uint8Array.from([0xdb, 0, 0, 0, 2, 0x68, 0x69]))).toBe("hi");
  });

  it("a shape of several dimensions, as a flat array", () => {
    const bytes = [0xc7, 12, 0x10, 0x94, 0, 4, 0x92, 1, 2, 0xc4, 4, 1, 0, 2, 0];
    expect(decode(Uint8Array.from(bytes))).toStrictEqual(new Uint16Array([1, 2]));
  });

  it("invalid UTF-8, with U+FFFD in its place", () => {
    expect(decode(Uint8Array.from([0xa2, 0x61, 0xff]))).toBe("a\ufffd");
  });
});
