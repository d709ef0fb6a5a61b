import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { decode, encode, PacketReader, PacketWriter, type WireMessage } from "../src/index.js";
import { goldenPackets, goldenValues } from "./support/golden.js";

// Clients in other languages are tested with the same files. Bytes that change here are a change of the
// protocol: raise its version, and say so in docs/protocol.md.
const load = <T>(name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8")) as Record<string, T>;
const values = load<string>("values");
const packets = load<{ sender: string; frames: string[] }>("packets");

describe("every value has the bytes that the protocol says", () => {
  it("and every one in the fixtures is known here", () => {
    expect(Object.keys(values)).toEqual(Object.keys(goldenValues));
    expect(Object.keys(packets)).toEqual(Object.keys(goldenPackets));
  });

  it.each(Object.entries(goldenValues))("%s", (name, value) => {
    const bytes = Buffer.from(values[name] ?? "", "hex");
    expect(encode(value).toString("hex")).toBe(values[name]);
    expect(decode(bytes)).toStrictEqual(value);
    expect(encode(decode(bytes)).equals(bytes)).toBe(true);
  });
});

describe("every packet has the frames that the protocol says", () => {
  it.each(Object.entries(goldenPackets))("%s", (name, messages) => {
    const { sender, frames } = packets[name] ?? { sender: "", frames: [] };
    const write = (each: readonly WireMessage[]) => {
      const writer = new PacketWriter(sender, 1e6);
      for (const message of each) writer.add(message);
      return (writer.take() ?? []).map((frame) => Buffer.from(frame).toString("hex"));
    };
    const reader = new PacketReader(frames.map((frame) => Buffer.from(frame, "hex")));
    const read: WireMessage[] = [];
    for (let message = reader.next(); message; message = reader.next()) read.push(message);
    expect([reader.version, reader.sender]).toEqual([1, "4bWzA0mYx1_2"]);
    expect(read).toStrictEqual(messages);
    expect(write(messages)).toEqual(frames);
    expect(write(read)).toEqual(frames);
  });
});
