import { getEventListeners } from "node:events";

import { waitUntil } from "@troupe/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";

import {
  armDeadline,
  DeadlineLists,
  deferred,
  endedError,
  endingHere,
  maxDelay,
  timeLeft,
  provideEnding,
  type TroupeError,
  type Waiting,
  withDeadline,
} from "../src/index.js";

afterEach(() => {
  vi.useRealTimers();
});

const never = new Promise<never>(() => {});

describe("a wait", () => {
  it("ends with what waits, where somebody knows of that", () => {
    expect(endingHere()()).toBeUndefined();
    const reason = new Error("The cluster is being closed.");
    let isOver = false;
    provideEnding(() => () => (isOver ? reason : undefined));
    const ending = endingHere();
    provideEnding(() => undefined);
    expect([ending(), endingHere()()]).toEqual([undefined, undefined]);
    isOver = true;
    expect([ending(), endingHere()()]).toEqual([reason, undefined]);
    expect(endedError("a barrier", reason)).toMatchObject({
      code: "ERR_CANCELLED",
      message: "a barrier was given up: The cluster is being closed.",
      cause: reason,
    });
  });
});

describe("a deadline", () => {
  it("that is no length of time is ERR_CONFIG, not no limit", async () => {
    for (const timeout of [Number.NaN, -1, "5" as unknown as number]) {
      const wait = withDeadline("a wait", new Promise(() => {}), { timeout });
      await expect(wait).rejects.toMatchObject({ code: "ERR_CONFIG" });
    }
  });

  it("lets a promise through that settles before it", async () => {
    const { signal } = new AbortController();
    await expect(withDeadline("work", Promise.resolve(5), { timeout: 60_000, signal })).resolves.toBe(5);
    const failed = new TypeError("x");
    await expect(withDeadline("work", Promise.reject(failed), { timeout: 60_000, signal })).rejects.toBe(
      failed,
    );
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("ends the wait when the time is over, naming what and how long", async () => {
    await expect(withDeadline("request to worker-0", never, { timeout: 1 })).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
      retryable: true,
      message: "request to worker-0 took longer than 1 ms.",
      details: { timeout: 1 },
    });
  });

  it("of several steps gives each what is left, and its error the whole", async () => {
    const left = timeLeft({ timeout: 20 });
    await waitUntil(() => left().timeout! < 20, { what: "some of the time to be over" });
    for (const rest of [left(), timeLeft(left())()])
      await expect(withDeadline("a step", never, rest)).rejects.toMatchObject({
        message: "a step took longer than 20 ms.",
        details: { timeout: 20 },
      });
    expect(() => timeLeft({ timeout: -1 })).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
  });

  it("ends the wait when the signal aborts, with its reason as the cause", async () => {
    const stop = new AbortController();
    const wait = withDeadline("request", never, { signal: stop.signal, timeout: 60_000 });
    const reason = new Error("user left");
    stop.abort(reason);
    await expect(wait).rejects.toMatchObject({ code: "ERR_CANCELLED", retryable: false });
    await expect(wait).rejects.toHaveProperty("cause", reason);
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(0);
  });

  it("is over at once with a signal that was aborted before", async () => {
    const ended: TroupeError[] = [];
    armDeadline("work", { signal: AbortSignal.abort("why"), timeout: 1 }, (error) => ended.push(error));
    expect(ended).toMatchObject([{ code: "ERR_CANCELLED", cause: "why" }]);
    await expect(withDeadline("work", never, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ERR_CANCELLED" }); // prettier-ignore
  });

  it.each([undefined, Infinity, maxDelay + 1, 2 ** 40])(
    "of %s ms sets no timer, which would fire at once",
    (timeout) => {
      vi.useFakeTimers();
      const ended = vi.fn();
      const stop = new AbortController();
      armDeadline("work", { timeout }, ended);
      const disarm = armDeadline("work", { timeout, signal: stop.signal }, ended);
      expect(vi.getTimerCount()).toBe(0);
      disarm();
      stop.abort();
      expect(ended).not.toHaveBeenCalled();
    },
  );

  it("of the longest delay that a timer takes is kept", () => {
    vi.useFakeTimers();
    const ended = vi.fn();
    armDeadline("work", { timeout: maxDelay }, ended);
    vi.advanceTimersByTime(maxDelay - 1);
    expect(ended).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ended).toHaveBeenCalledOnce();
  });

  it("ends a wait once, whatever comes after", () => {
    vi.useFakeTimers();
    const ended = vi.fn();
    const stop = new AbortController();
    armDeadline("work", { timeout: 5, signal: stop.signal }, ended);
    stop.abort();
    vi.runAllTimers();
    expect(ended).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("may share a signal with thousands of others without a warning or a listener left", async () => {
    const warned = vi.fn();
    process.on("warning", warned);
    const stop = new AbortController();
    const waits = Array.from({ length: 2000 }, () => {
      const { promise, resolve } = deferred<void>();
      return { resolve, wait: withDeadline("work", promise, { signal: stop.signal, timeout: 60_000 }) };
    });
    for (const { resolve } of waits) resolve();
    await Promise.all(waits.map(({ wait }) => wait));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", warned);
    expect(warned).not.toHaveBeenCalled();
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(0);
  });
});

describe("deadline lists", () => {
  interface Wait extends Waiting {
    readonly name: string;
  }
  const wait = (name: string): Wait => ({
    name,
    expires: 0,
    list: undefined,
    previous: undefined,
    next: undefined,
  });

  it("expire waits of one length in the order entered, with one timer", () => {
    vi.useFakeTimers();
    const expired: string[] = [];
    const lists = new DeadlineLists<Wait>(({ name }) => expired.push(name));
    for (let i = 0; i < 5; i++) lists.enter(wait(`w${i}`), 10);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(9);
    expect(expired).toEqual([]);
    vi.advanceTimersByTime(10);
    expect(expired).toEqual(["w0", "w1", "w2", "w3", "w4"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keep waits of different lengths apart", () => {
    vi.useFakeTimers();
    const expired: string[] = [];
    const lists = new DeadlineLists<Wait>(({ name }) => expired.push(name));
    lists.enter(wait("long"), 100);
    lists.enter(wait("short"), 10);
    vi.advanceTimersByTime(20);
    expect(expired).toEqual(["short"]);
    vi.advanceTimersByTime(200);
    expect(expired).toEqual(["short", "long"]);
  });

  it("forget a wait that left, from either end or the middle, and look again when the next is due", () => {
    vi.useFakeTimers();
    const expired: string[] = [];
    const lists = new DeadlineLists<Wait>(({ name }) => expired.push(name));
    const waits = ["a", "b", "c", "d"].map(wait);
    for (const each of waits) {
      lists.enter(each, 50);
      vi.advanceTimersByTime(5);
    }
    const [a, b, , d] = waits as [Wait, Wait, Wait, Wait];
    for (const gone of [a, b, d]) {
      lists.leave(gone);
      lists.leave(gone);
    }
    vi.advanceTimersByTime(500);
    expect(expired).toEqual(["c"]);
    lists.enter(a, 50);
    vi.advanceTimersByTime(500);
    expect(expired).toEqual(["c", "a"]);
  });

  it("let the owner enter a wait again while it expires", () => {
    vi.useFakeTimers();
    let rounds = 0;
    const lists: DeadlineLists<Wait> = new DeadlineLists<Wait>((expired) => {
      if (++rounds < 3) lists.enter(expired, 10);
    });
    lists.enter(wait("again"), 10);
    vi.advanceTimersByTime(500);
    expect(rounds).toBe(3);
  });

  it("expire in real time, and never once closed", async () => {
    const expired: string[] = [];
    const lists = new DeadlineLists<Wait>(({ name }) => expired.push(name));
    const other = new DeadlineLists<Wait>(({ name }) => expired.push(name));
    other.enter(wait("closed before"), 1);
    other.close();
    lists.enter(wait("first"), 2);
    await waitUntil(() => expired.length > 0, { what: "the wait to expire" });
    expect(expired).toEqual(["first"]);
  });
});
