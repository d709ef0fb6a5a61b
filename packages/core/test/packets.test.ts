import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PacketReader, PacketWriter, protocolVersion, type WireMessage } from "../src/index.js";
import { structured } from "./support/values.js";

const buffers = (frames: Uint8Array[] | undefined) => (frames ?? []).map((frame) => Buffer.from(frame));

function read(frames: Uint8Array[] | undefined): WireMessage[] {
  const reader = new PacketReader(buffers(frames));
  const messages: WireMessage[] = [];
  for (let message = reader.next(); message; message = reader.next()) messages.push(message);
  return messages;
}

const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte);

/** `[1, "s", []]` */
const emptyPacket = Buffer.from([0x93, 1, 0xa1, 0x73, 0x90]);

describe("a packet", () => {
  it("carries messages in the order added, with who sent it and in which version", () => {
    const writer = new PacketWriter("sender-1", 1e6);
    const messages: WireMessage[] = [[0, "a", { n: 1 }], [5, "b"], [11]];
    for (const message of messages) writer.add(message);
    expect(writer.count).toBe(3);
    const frames = writer.take();
    const reader = new PacketReader(buffers(frames));
    expect([reader.version, reader.sender]).toEqual([protocolVersion, "sender-1"]);
    expect([reader.next(), reader.next(), reader.next(), reader.next()]).toEqual([...messages, undefined]);
  });

  it("is nothing when nothing was added, and starts anew when taken", () => {
    const writer = new PacketWriter("s", 1e6);
    expect(writer.take()).toBeUndefined();
    writer.add([0, "first"]);
    expect(read(writer.take())).toEqual([[0, "first"]]);
    expect([writer.count, writer.take()]).toEqual([0, undefined]);
    writer.add([0, "second"]);
    expect(read(writer.take())).toEqual([[0, "second"]]);
  });

  it("keeps its bytes while the writer goes on", () => {
    const writer = new PacketWriter("s", 1e6);
    const taken: { frames: Uint8Array[]; copies: Buffer[] }[] = [];
    // More than one of the writer's buffers of 256 KiB.
    for (let round = 0; round < 200; round++) {
      writer.add([0, round, "x".repeat(4000), filled(round, 1)]);
      const frames = writer.take() as Uint8Array[];
      taken.push({ frames, copies: buffers(frames) });
    }
    for (const [round, { frames, copies }] of taken.entries()) {
      expect(frames.map((frame, index) => copies[index]?.equals(frame))).not.toContain(false);
      expect(read(frames)).toStrictEqual([[0, round, "x".repeat(4000), filled(round, 1)]]);
    }
  });

  it("counts the bytes of its messages, attachments included", () => {
    const writer = new PacketWriter("s", 1e6);
    const first = writer.add([0, "a"]);
    expect(first).toBe(4);
    const before = writer.byteLength;
    const second = writer.add([0, filled(5000, 1)]);
    expect(second).toBeGreaterThan(5000);
    expect(writer.byteLength).toBe(before + second);
    const frames = writer.take() as Uint8Array[];
    expect(frames.reduce((sum, frame) => sum + frame.byteLength, 0)).toBe(before + second);
  });

  it("tells by its position how much of frame 0 a message took", () => {
    const writer = new PacketWriter("s", 1e6);
    const sizes = [writer.add([0, "a"]), writer.add([0, "b".repeat(100)])];
    const reader = new PacketReader(buffers(writer.take()));
    const taken = sizes.map(() => {
      const before = reader.position;
      reader.next();
      return reader.position - before;
    });
    expect(taken).toEqual(sizes);
  });
});

describe("attachments", () => {
  it("are what binary values of 1 KiB or more become, each a frame of its own", () => {
    const writer = new PacketWriter("s", 1e6);
    writer.add([0, filled(1023, 1), filled(1024, 2), Buffer.alloc(2048, 3), new Float64Array(128).fill(0.5)]);
    writer.add([0, new ArrayBuffer(4096), new DataView(new ArrayBuffer(1500))]);
    const frames = writer.take() as Uint8Array[];
    expect(frames.slice(1).map((frame) => frame.byteLength)).toEqual([1024, 2048, 1024, 4096, 1500]);
    expect(read(frames)).toStrictEqual([
      [0, filled(1023, 1), filled(1024, 2), Buffer.alloc(2048, 3), new Float64Array(128).fill(0.5)],
      [0, new ArrayBuffer(4096), new DataView(new ArrayBuffer(1500))],
    ]);
  });

  it("hold what the array held when it was added", () => {
    const writer = new PacketWriter("s", 1e6);
    const array = filled(2000, 1);
    writer.add([0, array]);
    array.fill(9);
    expect(read(writer.take())).toStrictEqual([[0, filled(2000, 1)]]);
  });

  it("are read wherever a transport puts them, aligned or not", () => {
    const writer = new PacketWriter("s", 1e6);
    const array = new Float64Array(300).map((_, index) => index / 7);
    writer.add([0, array]);
    const [head, frame] = buffers(writer.take()) as [Buffer, Buffer];
    for (let offset = 0; offset < 9; offset++) {
      const moved = Buffer.alloc(frame.length + 16);
      frame.copy(moved, offset);
      const [message] = read([head, moved.subarray(offset, offset + frame.length)]);
      expect(message).toStrictEqual([0, array]);
    }
  });
});

describe("a message that cannot be sent", () => {
  const bad = [() => 1, Symbol("s"), new WeakMap(), { get x() { throw new Error("no"); } }]; // prettier-ignore

  it("leaves the messages before it and after it whole, with their attachments", () => {
    const attached = fc.integer({ min: 1024, max: 1500 }).map((length) => filled(length, length & 0xff));
    const good = fc.tuple(fc.constant(0), fc.oneof(structured, attached), fc.option(attached));
    const step = fc.oneof(
      good.map((message) => ({ message: message, sent: true })),
      fc.tuple(good, fc.constantFrom(...bad)).map(([fields, last]) => ({
        message: [...fields, filled(3000, 3), last] as unknown as WireMessage,
        sent: false,
      })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const writer = new PacketWriter("s", 1e6);
        for (const { message, sent } of steps) {
          const before = { count: writer.count, bytes: writer.byteLength };
          if (sent) {
            writer.add(message);
          } else {
            expect(() => writer.add(message)).toThrow(
              expect.objectContaining({ code: "ERR_NOT_SERIALIZABLE" }) as Error,
            );
            if (before.count > 0) expect({ count: writer.count, bytes: writer.byteLength }).toEqual(before);
          }
        }
        const expected = steps.filter(({ sent }) => sent).map(({ message }) => message);
        expect(read(writer.take() ?? [emptyPacket])).toStrictEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it("is named by the field of the message that it is in", () => {
    const writer = new PacketWriter("s", 1e6);
    const message: WireMessage = [0, "i", "t", "a", "b", "s", undefined, { items: [{ run: () => 1 }] }];
    expect(() => writer.add(message)).toThrow(/^Cannot send body\.items\[0\]\.run: it is a function \(run\)/);
    const cyclic: { self?: object } = {};
    cyclic.self = cyclic;
    expect(() => writer.add([...message.slice(0, 7), cyclic] as unknown as WireMessage)).toThrow(
      /^Cannot send body\.self: it is a cycle: the same object as body\./,
    );
    const reply: WireMessage = [4, "id", { run: () => 1 }];
    expect(() => writer.add(reply)).toThrow(/^Cannot send value\.run: /);
  });

  it("is refused when it is over the limit, which counts for each message by itself", () => {
    const writer = new PacketWriter("s", 10_000);
    for (let i = 0; i < 5; i++) writer.add([0, filled(9_000, i)]);
    const before = writer.byteLength;
    expect(() => writer.add([0, filled(5_000, 1), filled(5_000, 2)])).toThrow(
      expect.objectContaining({
        code: "ERR_MESSAGE_TOO_LARGE",
        details: { bytes: expect.any(Number) as number, limit: 10_000 },
      }) as Error,
    );
    expect(() => writer.add([0, "x".repeat(10_001)])).toThrow(
      expect.objectContaining({ code: "ERR_MESSAGE_TOO_LARGE" }) as Error,
    );
    expect(writer.byteLength).toBe(before);
    writer.add([0, filled(9_000, 5)]);
    expect(read(writer.take()).map((message) => (message[1] as Uint8Array)[0])).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("is refused when a getter in it sends another message, which is not sent either", () => {
    const writer = new PacketWriter("s", 1e6);
    writer.add([0, "before"]);
    const sending = {
      get trap() {
        expect(writer.take()).toBeUndefined();
        return writer.add([0, "inside"]);
      },
    };
    expect(() => writer.add([0, sending])).toThrow(
      "Cannot send id.trap: reading it failed: A getter of a message sent another message.",
    );
    writer.add([0, "after"]);
    expect(read(writer.take())).toEqual([[0, "before"], [0, "after"]]); // prettier-ignore
  });
});

describe("a reader", () => {
  it("gives the messages before a malformed one", () => {
    const writer = new PacketWriter("s", 1e6);
    writer.add([0, "good"]);
    writer.add([0, "bad!"]);
    const [head] = buffers(writer.take()) as [Buffer];
    head[head.indexOf("bad!") - 1] = 0xc1;
    const reader = new PacketReader([head]);
    expect(reader.next()).toEqual([0, "good"]);
    expect(() => reader.next()).toThrow("byte 0xc1 starts no value");
  });

  it("reads the head of a packet of another version, so that the version can be named", () => {
    const reader = new PacketReader([Buffer.from([0x93, 0x07, 0xa1, 0x73, 0x90])]);
    expect([reader.version, reader.sender]).toEqual([7, "s"]);
  });
});
