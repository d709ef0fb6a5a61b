import { describe, expect, it, vi } from "vitest";

import { waitUntil } from "../src/index.js";

describe("waitUntil", () => {
  it("gives the value as soon as it is not falsy", async () => {
    let asked = 0;
    expect(await waitUntil(() => ++asked === 12 && "twelve", { what: "twelve" })).toBe("twelve");
    expect(asked).toBe(12);
  });

  it("asks a condition that fails again", async () => {
    let asked = 0;
    const flaky = () => (++asked < 3 ? Promise.reject(new Error("not yet")) : Promise.resolve(asked));
    expect(await waitUntil(flaky, { what: "the third time" })).toBe(3);
  });

  it("says what it waited for and what it saw last", async () => {
    await expect(waitUntil(() => 0, { what: "a peer", timeout: 20 })).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
      message: "Waited 20 ms for a peer; the condition last gave 0.",
    });
  });

  it("carries the last error as its cause", async () => {
    const cause = new Error("connection refused");
    const failing = () => {
      throw cause;
    };
    await expect(waitUntil(failing, { what: "a server", timeout: 20 })).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
      message: expect.stringContaining("connection refused") as string,
      cause,
    });
  });

  it("does not wait for a condition that never answers", async () => {
    await expect(
      waitUntil(() => new Promise(() => {}), { what: "an answer", timeout: 20 }),
    ).rejects.toMatchObject({
      message: "Waited 20 ms for an answer; the condition never answered.",
    });
  });

  it("looks once more when the time is over, so that a busy event loop fails nothing", async () => {
    let done = false;
    const wait = waitUntil(() => done, { what: "the end of the work", timeout: 30 });
    // The wait is in a pause of its own by the time that this blocks the event loop beyond the limit.
    await new Promise((resolve) => setTimeout(resolve, 10));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    done = true;
    await expect(wait).resolves.toBe(true);
  });

  it("waits in real time under fake timers", async () => {
    vi.useFakeTimers();
    try {
      let asked = 0;
      await waitUntil(() => ++asked > 10, { what: "ten rounds" });
    } finally {
      vi.useRealTimers();
    }
  });
});
