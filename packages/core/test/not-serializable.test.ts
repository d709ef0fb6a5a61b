import { describe, expect, it } from "vitest";

import { decode, encode, isTroupeError, type TroupeError } from "../src/index.js";

function refusal(value: unknown): TroupeError {
  try {
    encode(value);
  } catch (error) {
    if (isTroupeError(error, "ERR_NOT_SERIALIZABLE")) return error;
    throw error;
  }
  throw new Error("it was encoded");
}

const message = (value: unknown) => refusal(value).message;
const nest = (depth: number, value: unknown) => {
  for (let i = 0; i < depth; i++) value = [value];
  return value;
};

class Point {
  x = 1;
}

const asFunction = "it is a function (then). Send data, and call the function where it lives.";

describe("the error names the path", () => {
  const then = () => 1;
  Object.defineProperty(then, "name", { value: "then" });
  it.each([
    ["the value itself", then],
    ["then", { then }],
    ["items[3].then", { items: [1, 2, 3, { then }] }],
    ["[1][0]", [1, [then]]],
    [`["odd key"].naïve`, { "odd key": { naïve: then } }],
    [`[""]`, { "": then }],
    [`["9"]`, { 9: then }],
    ["map.size", { map: new Map([["size", then]]) }],
    ["map[7]", { map: new Map([[7, then]]) }],
    [`map["<value 1>"]`, { map: new Map<unknown, unknown>([["a", 1], [{}, then]]) }], // prettier-ignore
    [`map["<key 1>"]`, { map: new Map<unknown, unknown>([["a", 1], [then, 1]]) }], // prettier-ignore
    ["set[1]", { set: new Set([1, then]) }],
  ])("%s", (path, value) => {
    const error = refusal(value);
    expect(error.message).toBe(`Cannot send ${path}: ${asFunction}`);
    expect(error.details).toEqual({ path: path === "the value itself" ? "" : path, reason: asFunction });
    expect(error.retryable).toBe(false);
  });

  it("of the first offender, in the order of the data", () => {
    expect(message({ good: [1], bad: Symbol("s"), worse: then })).toContain("Cannot send bad:");
  });
});

describe("the error says why, and what to send instead", () => {
  const instance = (name: string) =>
    `it is an instance of ${name}, whose methods would be lost. Send a plain object, as { ...value }, or its parts.`;
  it.each([
    ["a nameless function", () => 0, "it is a function (anonymous). Send data, and call the function where it lives."],
    ["a symbol", Symbol("mark"), "it is a symbol (Symbol(mark)). Send a string."],
    ["an instance", new Point(), instance("Point")],
    ["an instance of a nameless class", new (class {})(), instance("a class")],
    ["an object made of another", Object.create({ inherited: 1 }), instance("Object")],
    ["a regular expression", /x/, instance("RegExp")],
    ["a boxed number", Object(1), instance("Number")],
    ["a WeakMap", new WeakMap(), instance("WeakMap")],
    ["a SharedArrayBuffer", new SharedArrayBuffer(8), instance("SharedArrayBuffer")],
    ["a promise", Promise.resolve(1), "it is a promise. Await it, and send the result."],
    ["an invalid date", new Date(NaN), "it is an invalid Date."],
  ] as [string, unknown, string][])("%s", (_, value, reason) => {
    expect(message({ value })).toBe(`Cannot send value: ${reason}`);
  }); // prettier-ignore

  it("a detached buffer", () => {
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    expect(message({ buffer })).toMatch(/^Cannot send buffer: reading it failed: .*detached/);
  });

  it("a typed array of a kind that the wire does not know", () => {
    class Half extends Uint16Array {
      override get [Symbol.toStringTag]() {
        return "Float16Array" as "Uint16Array";
      }
    }
    expect(message([new Half(2)])).toBe(
      "Cannot send [0]: it is a Half, which the wire has no data type for. Send another kind of typed array.",
    );
  });
});

describe("a cycle is named with the place that it leads back to", () => {
  const back = (target: string) =>
    `it is a cycle: the same object as ${target}. Send a tree, or ids in place of references.`;

  it("through objects", () => {
    const parent: Record<string, unknown> = { name: "p" };
    parent["children"] = [{ parent }];
    expect(message(parent)).toBe(`Cannot send children[0].parent: ${back("the value itself")}`);
    expect(message({ tree: parent })).toBe(`Cannot send tree.children[0].parent: ${back("tree")}`);
  });

  it("through arrays, Maps and Sets", () => {
    const list: unknown[] = [1];
    list.push(list);
    expect(message(list)).toBe(`Cannot send [1]: ${back("the value itself")}`);
    const map = new Map<string, unknown>();
    map.set("self", map);
    expect(message({ map })).toBe(`Cannot send map.self: ${back("map")}`);
    const key = new Map<unknown, unknown>();
    key.set(key, 1);
    expect(message({ key })).toBe(`Cannot send key["<key 0>"]: ${back("key")}`);
    const set = new Set<unknown>();
    set.add([set]);
    expect(message({ set })).toBe(`Cannot send set[0][0]: ${back("set")}`);
  });

  it("while an object that is only met twice is fine", () => {
    const shared = [1];
    expect(decode(encode({ a: shared, b: [shared, shared] }))).toStrictEqual({ a: [1], b: [[1], [1]] });
  });

  it("also where shared parts would make the search for it endless", () => {
    let shared: unknown = 1;
    for (let level = 0; level < 16; level++) shared = [shared, shared];
    expect(message({ shared, bad: Symbol("s") })).toContain("Cannot send bad:");
  });
});

describe("nesting", () => {
  it("of 256 levels is taken, of 257 refused with the path to the one too deep", () => {
    expect(decode(encode(nest(256, 1)))).toStrictEqual(nest(256, 1));
    expect(message(nest(257, 1))).toBe(
      `Cannot send ${"[0]".repeat(256)}: it is nested deeper than 256 levels. Flatten it.`,
    );
    expect(message(nest(256, new Date(0)))).toContain("nested deeper than 256 levels");
    expect(message(nest(256, Buffer.from("x")))).toContain("nested deeper than 256 levels");
  });

  it("of an error's own causes beyond that is refused too", () => {
    const error = new Error("outer", { cause: new Error("inner") });
    expect(message(nest(254, error))).toBe("Cannot send the value itself: it is nested deeper than 256 levels. Flatten it."); // prettier-ignore
  });
});

describe("a value that throws when it is read", () => {
  const failure = new RangeError("out of fuel");
  const thrower = () => {
    throw failure;
  };

  it("gives the path to the getter, and what it threw as the cause", () => {
    const error = refusal({ body: { get fuel() { return thrower(); } } }); // prettier-ignore
    expect(error.message).toBe("Cannot send body.fuel: reading it failed: out of fuel");
    expect(error.cause).toBe(failure);
  });

  it("gives the path to a proxy, whichever trap throws", () => {
    for (const trap of ["ownKeys", "getPrototypeOf", "get", "getOwnPropertyDescriptor"] as const) {
      const error = refusal({ proxy: new Proxy({ a: 1 }, { [trap]: thrower }) });
      expect(error.message).toMatch(/^Cannot send proxy(\.a)?: reading it failed: out of fuel$/);
      expect(error.cause).toBe(failure);
    }
    expect(refusal({ proxy: new Proxy(new Map(), {}) }).message).toMatch(
      /^Cannot send proxy: reading it failed:/,
    );
  });

  it("is reported also when it throws only the first time, or something that has no text", () => {
    let reads = 0;
    const once = {
      get a() {
        return reads++ === 0 ? thrower() : 1;
      },
    };
    expect(message(once)).toBe("Cannot send the value itself: encoding it failed: out of fuel");
    const textless = {
      get a(): unknown {
        throw Object.create(null);
      },
    };
    expect(message(textless)).toBe("Cannot send a: reading it failed: [unreadable]");
  });

  it("does not pass its own error off as the codec's", () => {
    const closed = refusal({ get a() { return encode(Symbol("inner")); } }); // prettier-ignore
    expect(closed.message).toContain(
      "Cannot send a: reading it failed: Cannot send the value itself: it is a symbol",
    );
  });

  it("leaves the next value whole", () => {
    expect(() => encode({ a: 1, get b() { return thrower(); } })).toThrow(); // prettier-ignore
    expect(decode(encode({ c: [1, "x"] }))).toStrictEqual({ c: [1, "x"] });
  });

  it("may itself encode, decode, and change what is being sent", () => {
    const list: unknown[] = [1, 2, 3];
    const map = new Map<string, unknown>([["a", 1], ["b", 2]]); // prettier-ignore
    const value = {
      get inner() {
        list.length = 1;
        map.clear();
        return decode(encode({ x: "y".repeat(10_000) }));
      },
      list,
      map,
    };
    const nested = [1, { get cut() { nested.length = 1; return 0; } }, 3]; // prettier-ignore
    const entries = new Map<string, unknown>([["a", { get cut() { entries.clear(); return 0; } }], ["b", 2]]); // prettier-ignore
    expect(decode(encode([value, nested, entries]))).toStrictEqual([
      { inner: { x: "y".repeat(10_000) }, list: [1], map: new Map() },
      [1, { cut: 0 }, undefined],
      new Map<string, unknown>([["a", { cut: 0 }], ["b", 2]]), // prettier-ignore
    ]);
  });
});

describe("the size limit", () => {
  const limited = (value: unknown, byteLimit: number) => () => encode(value, { byteLimit });
  const tooLarge = { code: "ERR_MESSAGE_TOO_LARGE", retryable: false };

  it.each([
    ["text", "x".repeat(10_000)],
    ["text that is not ASCII", "é".repeat(5_000)],
    ["bytes", Buffer.alloc(10_000)],
    ["a typed array", new Float64Array(1_250)],
    ["many small parts", Array.from({ length: 5_000 }, (_, index) => index % 100)],
  ])("holds to the byte, for %s", (_, value) => {
    const { length } = encode(value);
    expect(encode(value, { byteLimit: length })).toHaveLength(length);
    expect(limited(value, length - 1)).toThrow(expect.objectContaining(tooLarge) as Error);
  });

  it("is named in the error, with how far the value got", () => {
    expect(limited("x".repeat(500), 100)).toThrow(
      "The message takes 500 bytes or more, over the limit of 100. Send it in parts.",
    );
    expect(limited("x".repeat(500), 100)).toThrow(
      expect.objectContaining({ details: { bytes: 500, limit: 100 } }) as Error,
    );
  });

  it("refuses before memory is taken: a gigabyte that is not there costs nothing", () => {
    const before = process.memoryUsage().rss;
    expect(limited(new Uint8Array(2 ** 30), 1e6)).toThrow(expect.objectContaining(tooLarge) as Error);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });

  it("leaves the next value whole, and does not keep the memory of a large one", () => {
    expect(limited(["x".repeat(10), Buffer.alloc(1e6)], 1e5)).toThrow();
    expect(decode(encode("next"))).toBe("next");
    encode(Buffer.alloc(1e6));
    expect(encode("small").buffer.byteLength).toBeLessThan(1e5);
  });
});
