import { spawnSync } from "node:child_process";

import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";

import { Batcher, Fifo, numberSequence, parseConfig, uniqueId } from "../src/index.js";

afterEach(() => {
  vi.useRealTimers();
});

describe("Fifo", () => {
  it("is a list that is added to behind and taken from in front", () => {
    const step = fc.oneof(fc.nat(), fc.constant("shift" as const), fc.constant("clear" as const));
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 20, arbitrary: step }, fc.constant("fill" as const)), { maxLength: 200 }),
        (steps) => {
          const fifo = new Fifo<number>();
          let model: number[] = [];
          for (const action of steps) {
            if (action === "shift") {
              expect(fifo.shift()).toBe(model.shift());
            } else if (action === "clear") {
              fifo.clear();
              model = [];
            } else {
              for (let i = 0; i < (action === "fill" ? 40 : 1); i++) {
                fifo.push(i);
                model.push(i);
              }
            }
            expect([fifo.size, fifo.peek()]).toEqual([model.length, model[0]]);
            expect([...fifo]).toEqual(model);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("does not hold on to what was taken", () => {
    const fifo = new Fifo<object>();
    for (let i = 0; i < 100; i++) fifo.push({});
    while (fifo.shift());
    expect([fifo.size, fifo.shift(), fifo.peek(), [...fifo]]).toEqual([0, undefined, undefined, []]);
  });
});

describe("Batcher", () => {
  it("delivers what was added in one turn together, promise continuations included", async () => {
    const batches: string[][] = [];
    const batcher = new Batcher<string>((items) => batches.push(items));
    batcher.add("a");
    await Promise.resolve();
    batcher.add("b");
    void Promise.resolve().then(() => batcher.add("c"));
    await new Promise((resolve) => setImmediate(resolve));
    batcher.add("d");
    expect(batcher.size).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toEqual([["a", "b", "c"], ["d"]]);
  });

  it("delivers at its limit at once, and the rest later", async () => {
    const batches: number[][] = [];
    const batcher = new Batcher<number>((items) => batches.push(items), { limit: 2 });
    for (let i = 0; i < 5; i++) batcher.add(i);
    expect(batches).toEqual([[0, 1], [2, 3]]); // prettier-ignore
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toEqual([[0, 1], [2, 3], [4]]); // prettier-ignore
  });

  it("waits for its delay after the first, and starts it anew after each batch", () => {
    vi.useFakeTimers();
    const batches: string[][] = [];
    const batcher = new Batcher<string>((items) => batches.push(items), { delay: 10, limit: 3 });
    batcher.add("a");
    vi.advanceTimersByTime(9);
    batcher.add("b");
    expect(batches).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(batches).toEqual([["a", "b"]]);
    batcher.add("c");
    vi.advanceTimersByTime(5);
    for (const item of ["d", "e", "f"]) batcher.add(item);
    expect(batches).toEqual([["a", "b"], ["c", "d", "e"]]); // prettier-ignore
    vi.advanceTimersByTime(9);
    expect(batches).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(batches.at(-1)).toEqual(["f"]);
  });

  it("delivers at once when asked, and nothing when there is nothing", () => {
    const deliver = vi.fn();
    const batcher = new Batcher<number>(deliver, { delay: 1000 });
    batcher.flush();
    expect(deliver).not.toHaveBeenCalled();
    batcher.add(1);
    batcher.flush();
    batcher.flush();
    expect(deliver.mock.calls).toEqual([[[1]]]);
  });
});

describe("ids", () => {
  it("are unique, URL-safe and of one length", () => {
    const ids = new Set(Array.from({ length: 10_000 }, uniqueId));
    expect(ids.size).toBe(10_000);
    for (const id of ids) expect(id).toMatch(/^[\w-]{12}$/);
  });

  it("of a sequence are consecutive small integers from a random start", () => {
    const next = numberSequence();
    const [first = 0, ...others] = Array.from({ length: 100 }, next);
    expect(first).toBeGreaterThanOrEqual(0);
    expect(first).toBeLessThan(2 ** 30);
    expect(others).toEqual(others.map((_, index) => first + 1 + index));
    const starts = new Set(Array.from({ length: 20 }, () => numberSequence()()));
    expect(starts.size).toBeGreaterThan(15);
  });
});

describe("parseConfig", () => {
  const schema = z.strictObject({
    group: z.string().min(1),
    peers: z.record(z.string(), z.int().min(0)).default({}),
    timeout: z.number().positive().default(5000),
  });

  it("gives the value back with defaults filled in", () => {
    expect(parseConfig("options", schema, { group: "g" })).toEqual({ group: "g", peers: {}, timeout: 5000 });
  });

  it("names the subject, each wrong field, and what was expected there", () => {
    const wrong = { group: "", peers: { worker: -1 }, timeout: "soon", tiemout: 5 };
    expect(() => parseConfig("Proxy.join options", schema, wrong)).toThrow(
      expect.objectContaining({
        code: "ERR_CONFIG",
        message:
          "Proxy.join options: group: Too small: expected string to have >=1 characters; " +
          "peers.worker: Too small: expected number to be >=0; " +
          'timeout: Invalid input: expected number, received string; Unrecognized key: "tiemout"',
      }) as Error,
    );
    expect(() => parseConfig("x", schema, undefined)).toThrow(
      expect.objectContaining({ details: { problems: [{ path: "", problem: "Invalid input: expected object, received undefined" }] } }) as Error, // prettier-ignore
    );
  });
});

describe("the default logger", () => {
  const program = new URL("programs/log.mjs", import.meta.url).pathname;
  const run = (level?: string) => {
    const { TROUPE_LOG: _, ...env } = process.env;
    return spawnSync(process.execPath, [program], {
      env: level === undefined ? env : { ...env, TROUPE_LOG: level },
      encoding: "utf8",
    });
  };
  const messages = (text: string) =>
    text.split("\n").filter(Boolean).map((line) => (JSON.parse(line) as { msg: string }).msg); // prettier-ignore

  it.each([
    [undefined, ["warn", "error"]],
    ["", ["warn", "error"]],
    ["debug", ["debug", "info", "warn", "error"]],
    ["error", ["error"]],
    ["silent", []],
  ])("with TROUPE_LOG %s writes %j, as JSON lines on standard error alone", (level, expected) => {
    const { stdout, stderr, status } = run(level);
    expect([messages(stderr), stdout, status]).toEqual([expected, "", 0]);
  });

  it("refuses a TROUPE_LOG that is no level", () => {
    const { stderr, status } = run("loud");
    expect(status).not.toBe(0);
    expect(stderr).toContain(
      'TROUPE_LOG is "loud"; it must be one of trace, debug, info, warn, error, fatal, silent.',
    );
  });
});
