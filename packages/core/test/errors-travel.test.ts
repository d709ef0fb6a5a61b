import { runInNewContext } from "node:vm";
import { isNativeError } from "node:util/types";

import { describe, expect, it } from "vitest";

import {
  decode,
  encode,
  errorCodes,
  isTroupeError,
  joinStacks,
  registerError,
  TroupeError,
} from "../src/index.js";

const there = <T = Error>(error: unknown) => decode(encode(error)) as T;

describe("an error of a built-in class arrives as that class", () => {
  const classes = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
  it.each(classes.map((Class) => [Class.name, Class] as const))("%s", (name, Class) => {
    const error = new Class("it broke");
    const back = there(error);
    expect(back).toBeInstanceOf(Class);
    expect(Object.getPrototypeOf(back)).toBe(Class.prototype);
    expect(isNativeError(back)).toBe(true);
    expect([back.name, back.message, back.stack]).toEqual([name, "it broke", error.stack]);
    expect(Object.keys(back)).toEqual([]);
  });

  it("AggregateError, with the errors in it", () => {
    const error = new AggregateError([new TypeError("one"), "two", { three: 3 }], "many");
    const back = there<AggregateError>(error);
    expect(back).toBeInstanceOf(AggregateError);
    expect(back.errors).toEqual([new TypeError("one"), "two", { three: 3 }]);
    expect(back.errors[0]).toBeInstanceOf(TypeError);
    expect(Object.keys(back)).toEqual([]);
  });

  it("of another realm too", () => {
    expect(there(Object.assign(new TypeError("elsewhere")))).toBeInstanceOf(TypeError);
    const foreign = runInNewContext(`new TypeError("elsewhere")`) as Error;
    const carrier = new Error("here", { cause: foreign });
    expect(there(carrier).cause).toBeDefined();
  });

  it("with its own fields, as Node's system errors have", () => {
    const error = Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT", errno: -2, path: "/x" });
    const back = there<typeof error>(error);
    expect(Object.entries(back)).toEqual([
      ["code", "ENOENT"],
      ["errno", -2],
      ["path", "/x"],
    ]);
  });

  it("with a name of its own, when it has one", () => {
    const error = new Error("m");
    error.name = "AbortError";
    expect(there(error)).toMatchObject({ name: "AbortError", message: "m" });
  });
});

describe("a chain of causes", () => {
  it("arrives with each error in its class", () => {
    const error = new Error("top", { cause: new RangeError("middle", { cause: { code: 7 } }) });
    const back = there(error);
    expect(back.cause).toBeInstanceOf(RangeError);
    expect((back.cause as Error).cause).toEqual({ code: 7 });
    expect((back.cause as Error).stack).toBe((error.cause as Error).stack);
  });

  it("keeps a cause that is undefined apart from none", () => {
    expect(Object.hasOwn(there(new Error("a", { cause: undefined })), "cause")).toBe(true);
    expect(Object.hasOwn(there(new Error("a")), "cause")).toBe(false);
  });

  it("ends where it meets itself", () => {
    const first = new Error("first");
    const second = new Error("second", { cause: first });
    first.cause = second;
    expect((there(first).cause as Error).cause).toBe("[cycle]");
  });

  it("is cut after 16 causes, with a note", () => {
    let error = new Error("e0");
    for (let i = 1; i <= 30; i++) error = new Error(`e${i}`, { cause: error });
    const messages: string[] = [];
    let at: unknown = there(error);
    for (; at instanceof Error; at = at.cause) messages.push(at.message);
    expect(messages).toEqual(Array.from({ length: 17 }, (_, index) => `e${30 - index}`));
    expect(at).toBe("[more errors]");
  });

  it("of AggregateErrors in AggregateErrors cannot multiply", () => {
    const error = new AggregateError([], "self");
    error.errors.push(error, new Error("x"), error);
    expect(there<AggregateError>(error).errors).toEqual(["[cycle]", new Error("x"), "[cycle]"]);
    let wide = new AggregateError([], "leaf");
    for (let level = 0; level < 12; level++)
      wide = new AggregateError(new Array<Error>(20).fill(wide), `level ${level}`);
    const bytes = encode(wide);
    expect(bytes.toString("latin1").split("AggregateError: ").length).toBeLessThan(200);
    const many = new AggregateError(Array.from({ length: 500 }, (_, index) => new Error(`e${index}`)));
    const { errors } = there<AggregateError>(many);
    expect(errors.at(0)).toEqual(new Error("e0"));
    expect(errors.at(-1)).toBe("[437 more errors]");
    expect(errors).toHaveLength(64);
  });
});

describe("an error of a class that was registered", () => {
  let constructed = 0;
  const assigned: unknown[] = [];
  class QuotaError extends Error {
    override name = "QuotaError";
    constructor(
      readonly used: number,
      readonly limits: Map<string, number>,
    ) {
      super(`${used} used`);
      constructed++;
    }
    get over() {
      return this.used - (this.limits.get("all") ?? 0);
    }
    set note(value: unknown) {
      assigned.push(value);
    }
  }
  registerError(QuotaError);

  it("arrives as that class, with fields and methods, and without running its constructor", () => {
    const error = new QuotaError(12, new Map([["all", 10]]));
    const before = constructed;
    const back = there<QuotaError>(error);
    expect(constructed).toBe(before);
    expect(back).toBeInstanceOf(QuotaError);
    expect([back.name, back.message, back.used, back.over]).toEqual(["QuotaError", "12 used", 12, 2]);
    expect(back.stack).toBe(error.stack);
  });

  it("runs no setter for a field that a peer made up", () => {
    const error = new QuotaError(1, new Map());
    Object.defineProperty(error, "note", { value: "made up", enumerable: true });
    expect(there<QuotaError>(error)).toHaveProperty("note", "made up");
    expect(assigned).toEqual([]);
  });

  it("may be registered again, but not under the name of another", () => {
    registerError(QuotaError);
    const other = class QuotaError extends Error {};
    const taken = expect.objectContaining({ code: "ERR_NAME_TAKEN" }) as Error;
    expect(() => registerError(other)).toThrow(taken);
    expect(() => registerError(other, "TypeError")).toThrow(taken);
    expect(() => registerError(other, "TroupeError")).toThrow(taken);
  });

  it("may be registered under a name of one's choice", () => {
    class Late extends Error {}
    registerError(Late, "scheduler.Late");
    expect(there(new Late("x"))).toBeInstanceOf(Late);
    expect(encode(new Late("x")).includes("scheduler.Late")).toBe(true);
  });
});

describe("an error of a class that was not registered", () => {
  class HttpError extends RangeError {
    override name = "HttpError";
    status = 503;
  }

  it("arrives as ERR_REMOTE with the same name, message, fields, cause and stack", () => {
    const error = new HttpError("unavailable", { cause: new TypeError("socket") });
    const back = there<TroupeError>(error);
    expect(isTroupeError(back, "ERR_REMOTE")).toBe(true);
    expect(back.message).toBe("HttpError: unavailable");
    expect(back.details).toEqual({
      status: 503,
      name: "HttpError",
      message: "unavailable",
      class: "HttpError",
    });
    expect(back.cause).toBeInstanceOf(TypeError);
    expect(back.stack).toBe(error.stack);
  });

  it("is named by its class when it has no name of its own", () => {
    class Plain extends Error {}
    expect(there<TroupeError>(new Plain("p")).details).toMatchObject({ name: "Error", class: "Plain" });
    expect(there<TroupeError>(new (class extends Error {})("p"))).toMatchObject({ message: "p" });
  });

  it("keeps the errors of an AggregateError's subclass", () => {
    class Failures extends AggregateError {}
    const back = there<TroupeError & { errors: unknown[] }>(new Failures([new TypeError("a")], "two"));
    expect(back.code).toBe("ERR_REMOTE");
    expect(back.errors).toEqual([new TypeError("a")]);
  });
});

describe("a TroupeError arrives as one", () => {
  it.each(Object.keys(errorCodes) as (keyof typeof errorCodes)[])(
    "%s, with details and retryable",
    (code) => {
      const error = new TroupeError(code, "what and what to do", { details: { peer: "a", limit: 3 } });
      const back = there<TroupeError>(error);
      expect(back).toBeInstanceOf(TroupeError);
      expect(isTroupeError(back, code)).toBe(true);
      expect(back.retryable).toBe(errorCodes[code].retryable);
      expect([back.name, back.message, back.details]).toEqual(["TroupeError", error.message, error.details]);
      expect(back.stack).toBe(error.stack);
    },
  );

  it("with a retryable of its own", () => {
    expect(there<TroupeError>(new TroupeError("ERR_TIMEOUT", "x", { retryable: false })).retryable).toBe(
      false,
    );
  });

  it("is told from others across copies of the package", () => {
    expect(isTroupeError({ code: "ERR_TIMEOUT" })).toBe(false);
    expect(isTroupeError(null)).toBe(false);
    expect(isTroupeError(new TroupeError("ERR_TIMEOUT", "x"), "ERR_CLOSED")).toBe(false);
    const copy = Object.defineProperty(new Error("x"), Symbol.for("troupe.error"), { value: true });
    expect(isTroupeError(copy)).toBe(true);
  });

  it("as ERR_REMOTE when its code is none that this side knows", () => {
    const strange = Object.assign(new TroupeError("ERR_TIMEOUT", "later"), { code: "ERR_FROM_THE_FUTURE" });
    const back = there<TroupeError>(strange);
    expect(back.code).toBe("ERR_REMOTE");
    expect(back.details).toMatchObject({ code: "ERR_FROM_THE_FUTURE" });
  });
});

describe("what hangs on an error never keeps it from arriving", () => {
  class Session {
    id = 4;
    close() {}
  }

  it("functions, instances, symbols, cycles and invalid dates in details become notes", () => {
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    const details = {
      run: function run() {},
      nameless: [() => 1],
      session: new Session(),
      mark: Symbol("m"),
      cyclic,
      when: new Date(NaN),
      failed: new TypeError("inner"),
      kept: [
        1,
        2n,
        undefined,
        new Date(5),
        new Map([[1, new Set(["a"])]]),
        new Float32Array([1, 2]),
        Buffer.from("b"),
      ],
    };
    expect(there<TroupeError>(new TroupeError("ERR_CONFIG", "x", { details })).details).toStrictEqual({
      run: "[function run]",
      nameless: ["[function anonymous]"],
      session: { id: 4 },
      mark: "Symbol(m)",
      cyclic: { self: "[cycle]" },
      when: "[invalid Date]",
      failed: "TypeError: inner",
      kept: details.kept,
    });
  });

  it("the same goes for fields and causes", () => {
    const error = Object.assign(new Error("x", { cause: { stop: () => 1 } }), { socket: new Session() });
    const back = there<typeof error>(error);
    expect(back.socket).toEqual({ id: 4 });
    expect(back.cause).toEqual({ stop: "[function stop]" });
  });

  it("large details are cut, with a note of how much", () => {
    const details = {
      list: Array.from({ length: 5000 }, (_, index) => index),
      bytes: new Uint8Array(100_000),
      buffer: new ArrayBuffer(100_000),
      shared: new SharedArrayBuffer(4),
    };
    const back = there<TroupeError>(new TroupeError("ERR_CONFIG", "x", { details })).details;
    const list = back["list"] as unknown[];
    expect(list.at(-1)).toMatch(/^\[4\d\d\d more\]$/);
    expect(back["bytes"] ?? back["[more]"]).toBeDefined();
    const wide = { a: new Map(details.list.map((n) => [n, n])) };
    const set = { a: new Set(details.list) };
    const object = { a: Object.fromEntries(details.list.map((n) => [`k${n}`, n])) };
    for (const large of [wide, set, object]) {
      const bytes = encode(new TroupeError("ERR_CONFIG", "x", { details: large }));
      expect(bytes.length).toBeLessThan(16_000);
    }
    const early = { bytes: details.bytes, buffer: details.buffer };
    expect(there<TroupeError>(new TroupeError("ERR_CONFIG", "x", { details: early })).details).toEqual({
      bytes: "[Uint8Array of 100000 bytes]",
      buffer: "[ArrayBuffer of 100000 bytes]",
    });
  });

  it("deep and widely shared details are cut, too", () => {
    let shared: unknown = "leaf";
    for (let level = 0; level < 100; level++) shared = [shared, shared, shared];
    const bytes = encode(new TroupeError("ERR_CONFIG", "x", { details: { shared } }));
    expect(bytes.length).toBeLessThan(50_000);
    let deep: unknown = 1;
    for (let level = 0; level < 20; level++) deep = [deep];
    const back = there<TroupeError>(new TroupeError("ERR_CONFIG", "x", { details: { deep } }));
    expect(JSON.stringify(back.details["deep"])).toBe(`${"[".repeat(7)}"[deeper]"${"]".repeat(7)}`);
  });

  it("a huge message is cut", () => {
    const error = new Error("m".repeat(1_000_000));
    const back = there(error);
    expect(back.message).toBe(`${"m".repeat(32_768)} [967232 more characters]`);
    expect(encode(error).length).toBeLessThan(100_000);
  });

  it("getters and proxies that throw become notes", () => {
    const no = () => {
      throw new Error("no");
    };
    const hostile = new Error("m");
    for (const key of ["stack", "name", "message", "cause", "errors", "field", "constructor"])
      Object.defineProperty(hostile, key, { get: no, enumerable: true, configurable: true });
    expect(there(hostile)).toMatchObject({ name: "Error", message: "[unreadable]", field: "[unreadable]" });

    const details = { get a() { return no(); }, b: new Proxy({}, { ownKeys: no }), c: { get d() { return no(); } } }; // prettier-ignore
    const back = there<TroupeError>(new TroupeError("ERR_CONFIG", "x", { details }));
    expect(back.details).toEqual({ a: "[unreadable]", b: "[unreadable]", c: { d: "[unreadable]" } });

    const nameless = Object.assign(new Error("x"), { name: Object.create(null) as string });
    expect(there(nameless).message).toBe("x");
    const proxied = new Error("outer", { cause: new Proxy(new Error("x"), { getPrototypeOf: no }) });
    expect(there(proxied).cause).toBe("[unreadable]");
    const trapped = new Proxy(new Error("trapped"), { ownKeys: no, getOwnPropertyDescriptor: no });
    expect(there(trapped).message).toBe("trapped");
    const everywhere = new AggregateError([], "x");
    Object.defineProperty(everywhere, "errors", { get: no });
    expect(there(everywhere)).toBeInstanceOf(AggregateError);
  });
});

describe("an error that a peer made up", () => {
  const made = (form: Record<string, unknown>) => {
    const payload = encode(form);
    return decode(
      Buffer.concat([Buffer.from([0xc8, payload.length >> 8, payload.length & 0xff, 0x13]), payload]),
    ) as Error;
  };

  it("is an error whatever fields it has, of whatever types", () => {
    for (const form of [
      {},
      { class: 5, name: [], message: null, stack: {}, cause: 1, errors: "x", fields: 3 },
      { class: "TroupeError", code: "toString" },
      { class: "TroupeError", code: "ERR_TIMEOUT", details: [1], retryable: "yes" },
      { class: "__proto__", cause: { error: { error: 1 } } },
      { class: "AggregateError", errors: [{ error: {} }, 5, null] },
    ])
      expect(made(form)).toBeInstanceOf(Error);
    expect(made({ class: "TroupeError", code: "ERR_TIMEOUT", details: [1] })).toMatchObject({ details: {}, retryable: true }); // prettier-ignore
  });

  it("changes no prototype by its fields", () => {
    const fields = JSON.parse(`{"__proto__":{"admin":true},"constructor":1,"message":"other"}`) as object;
    for (const name of ["TypeError", "Unknown"]) {
      const error = made({ class: name, name, message: "m", fields });
      expect((error as unknown as Record<string, unknown>)["admin"]).toBeUndefined();
      expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
    }
  });
});

it("joins the stack of where an error was thrown with that of where it arrived", () => {
  const remote = "TypeError: x\n    at work (worker.js:1:1)";
  const local =
    "Error: anything\nsecond line of the message\n    at call (driver.js:2:2)\n    at main (driver.js:9:9)";
  expect(joinStacks(remote, "called from driver", local)).toBe(
    [
      remote,
      "    --- called from driver ---",
      "    at call (driver.js:2:2)",
      "    at main (driver.js:9:9)",
    ].join("\n"),
  );
});
