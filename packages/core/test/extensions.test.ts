import { describe, expect, it } from "vitest";

import {
  decode,
  encode,
  isTroupeError,
  PacketReader,
  PacketWriter,
  registerExtension,
  TroupeError,
} from "../src/index.js";

class Point {
  constructor(
    readonly x: number,
    readonly label: unknown,
  ) {}
}

const contexts: unknown[] = [];

registerExtension<Point>({
  type: 0x70,
  prototype: Point.prototype,
  toWire: ({ x, label }) => [x, label],
  fromWire: ([x, label], context) => {
    contexts.push(context);
    if (typeof x !== "number") throw new TypeError("a point without x");
    return new Point(x, label);
  },
});

const callablePrototype = Object.create(Function.prototype) as object;
registerExtension<() => void>({
  type: 0x71,
  prototype: callablePrototype,
  toWire: () => ["callable"],
  fromWire: () => Object.setPrototypeOf(() => undefined, callablePrototype) as () => void,
});

describe("a registered extension", () => {
  it("brings objects of its class back, at any depth, within each other", () => {
    const value = { points: [new Point(1, null), new Point(2, new Point(3, new Map([["a", 1]])))] };
    expect(decode(encode(value))).toEqual(value);
  });

  it("carries functions that have the prototype, and no others", () => {
    const callable = Object.setPrototypeOf(() => undefined, callablePrototype) as object;
    expect(typeof decode(encode(callable))).toBe("function");
    expect(() => encode(() => undefined)).toThrow(/it is a function/);
  });

  it("does not take objects of a class that inherits from it", () => {
    class Sub extends Point {}
    expect(() => encode(new Sub(1, 2))).toThrow(/an instance of Sub/);
  });

  it("is told where a packet came from", () => {
    const writer = new PacketWriter("me", 1000);
    writer.add([1, new Point(1, 2)]);
    const here = { name: "here" };
    const reader = new PacketReader(writer.take() as Buffer[], here);
    expect(reader.next()).toEqual([1, new Point(1, 2)]);
    expect(contexts.at(-1)).toBe(here);
  });

  it("turns what its reader throws into ERR_PROTOCOL", () => {
    const bytes = encode(new Point("none" as unknown as number, 0));
    expect(() => decode(bytes)).toThrow(
      expect.objectContaining({
        code: "ERR_PROTOCOL",
        message: expect.stringContaining("without x") as string,
      }),
    );
  });

  it("that says that an object is lost has the sender told so", () => {
    class Gone {}
    registerExtension<Gone>({
      type: 0x72,
      prototype: Gone.prototype,
      toWire() {
        throw new TroupeError("ERR_OBJECT_LOST", "It is gone.");
      },
      fromWire: () => new Gone(),
    });
    expect(() => encode({ a: [new Gone()] })).toThrow(
      expect.objectContaining({ code: "ERR_OBJECT_LOST", message: "It is gone." }),
    );
  });

  it("names the path to what is wrong beside it", () => {
    try {
      encode([new Point(1, 1), { bad: Symbol("s") }]);
      expect.unreachable();
    } catch (error) {
      expect(isTroupeError(error, "ERR_NOT_SERIALIZABLE") && error.details["path"]).toBe("[1].bad");
    }
  });

  it("cannot take a type that the codec uses", () => {
    const own = { prototype: {}, toWire: () => [], fromWire: () => ({}) };
    for (const type of [0x10, -1, 128, 1.5])
      expect(() => registerExtension({ type, ...own })).toThrow(
        expect.objectContaining({ code: "ERR_CONFIG" }),
      );
  });
});
